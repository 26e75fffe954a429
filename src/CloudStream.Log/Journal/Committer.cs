using System.Globalization;
using System.Threading.Channels;
using CloudStream.Log.Calls;
using CloudStream.Log.Entries;
using CloudStream.Log.Flushes;
using CloudStream.Log.Health;
using CloudStream.Log.Runtime;
using CloudStream.Log.State;
using CloudStream.Storage;
using CloudStream.Storage.Objects;
using Microsoft.Extensions.Logging;

namespace CloudStream.Log.Journal;

/// <summary>
/// The owner of a shard's state in this process: one loop that takes uploaded flushes, control entries and refreshes from one bounded inbox
/// and commits as many as are there with one compare-and-swap. This file is the loop and what a commit holds; Committer.Settling.cs is what
/// follows from its outcome.
/// </summary>
internal sealed partial class Committer
{
    private const int MaxInbox = 1024, MaxBatch = 64;
    private static readonly TimeSpan s_firstReload = TimeSpan.FromSeconds(1), s_longestReload = TimeSpan.FromMinutes(1);

    private readonly Channel<CommitWork> _inbox = Channel.CreateBounded<CommitWork>(
        new BoundedChannelOptions(MaxInbox) { SingleReader = true });
    private readonly ShardContext _context;
    private readonly ShardJournal _journal;
    private readonly SegmentUploader _uploader;
    private readonly CheckpointWriter _checkpoints;
    private readonly Action<ShardState, long> _publish;
    private readonly TaskCompletionSource _opened = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private StoreException? _unreadable;

    // What was told and is not over: so that what goes well, as nearly everything does, has nothing to tell.
    private bool _isTroubled;
    private bool _isUnreadable;

    public Committer(ShardContext context, SegmentUploader uploader, Action<ShardState, long> publish)
    {
        _context = context;
        _journal = new ShardJournal(context.Number, context.Stores, context.Runtime);
        _uploader = uploader;
        _checkpoints = new CheckpointWriter(context, () => _inbox.Writer.TryWrite(new CheckpointWork(force: false)));
        _publish = publish;
    }

    /// <summary>Why the shard's state is not known, when that is so.</summary>
    public StoreException? Unreadable => Volatile.Read(ref _unreadable);

    /// <summary>Completes when the register has been read, or could not be for a reason that does not pass by itself.</summary>
    public Task Opened => _opened.Task.OnContext();

    /// <summary>Queues work, waiting for room.</summary>
    /// <exception cref="ChannelClosedException">The shard is stopping.</exception>
    public ValueTask EnqueueAsync(CommitWork work, CancellationToken cancellationToken) =>
        _inbox.Writer.WriteAsync(work, cancellationToken);

    /// <summary>No more work comes; the loop ends when the inbox is empty.</summary>
    public void Complete() => _inbox.Writer.TryComplete();

    /// <summary>
    /// The loop. Ends when <see cref="Complete"/> was called and everything is settled, or at once (with unknown outcomes) when cancelled.
    /// </summary>
    public async Task RunAsync(CancellationToken stopping)
    {
        var batch = new List<CommitWork>();
        try
        {
            var isLoaded = await LoadAsync(stopping);
            while (isLoaded && await _inbox.Reader.WaitToReadAsync(stopping))
            {
                batch.Clear();
                while (batch.Count < MaxBatch && _inbox.Reader.TryRead(out var work))
                    batch.Add(work);
                await ProcessAsync(batch, stopping);
            }
        }
        finally
        {
            Complete();
            Abandon(batch);
            batch.Clear();
            while (_inbox.Reader.TryRead(out var work))
                batch.Add(work);
            Abandon(batch);
            await _checkpoints.FinishAsync();
        }
    }

    // A store that is away or throttles at start-up is waited for, never fatal. A register or checkpoint that cannot be read takes out this
    // shard alone: nothing may rest on the state that is not known, so everything asked of it fails meanwhile, and it is read again now and
    // then. False when the shard stops before it could be.
    private async Task<bool> LoadAsync(CancellationToken stopping)
    {
        var backoff = new Backoff(_context.Runtime);
        var pause = s_firstReload;
        while (!await TryLoadAsync(stopping))
        {
            if (Unreadable is not { } failure)
            {
                await backoff.WaitAsync(stopping);
                continue;
            }

            _opened.TrySetResult();
            if (!await RefuseAsync(failure, pause, stopping))
                return false;
            pause = pause * 2 < s_longestReload ? pause * 2 : s_longestReload;
        }

        _opened.TrySetResult();
        return true;
    }

    private async Task<bool> TryLoadAsync(CancellationToken stopping)
    {
        try
        {
            var proof = _context.Proofs.Begin();
            await _journal.ReadAsync(null, stopping);
            await _journal.CheckNeverWrittenAsync(stopping);
            Volatile.Write(ref _unreadable, null);
            ShardReadable();
            Publish(proof);
            return true;
        }
        catch (StoreException e) when (e.IsTransient)
        {
            // Known to be unreadable it stays so until it has been read.
            if (Unreadable is null)
                LogStoreAway(_context.Log, _context.Number, e.Kind);
            return false;
        }
        catch (StoreException e)
        {
            Volatile.Write(ref _unreadable, e);
            ShardUnreadable(e);
            return false;
        }
    }

    // For that long; false when nothing comes any more.
    private async Task<bool> RefuseAsync(StoreException failure, TimeSpan pause, CancellationToken stopping)
    {
        using var awake = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        var due = Task.Delay(pause, _context.Runtime.Time, awake.Token).OnContext();
        while (!due.IsCompleted)
        {
            var arrival = WaitToReadAsync(stopping);
            await Task.WhenAny(due, arrival);
            while (_inbox.Reader.TryRead(out var work))
                Refuse(work, failure);
            if (arrival.IsCompleted && !await arrival)
                break;
        }

        awake.Cancel();
        stopping.ThrowIfCancellationRequested();
        return !_inbox.Reader.Completion.IsCompleted;
    }

    // Not AsTask, which would resume on the thread pool whatever the context.
    private async Task<bool> WaitToReadAsync(CancellationToken stopping) => await _inbox.Reader.WaitToReadAsync(stopping);

    private void Refuse(CommitWork work, StoreException failure)
    {
        FailOne(work, ErrorCode.ShardUnreadable, "The partition's shard cannot be read: its register or checkpoint is damaged.");
        if (work is RefreshWork refresh)
            refresh.Fail(failure);
    }

    private string Key => _context.Number.ToString(CultureInfo.InvariantCulture);

    private void ShardUnreadable(StoreException failure)
    {
        _isUnreadable = true;
        var detail = $"Shard {_context.Number} cannot be read, so none of its partitions is served: {failure.Message}.";
        _context.Troubles.Met(TroubleKind.Shard, Key, detail);
    }

    private void CommitsTroubled(StoreException failure)
    {
        _isTroubled = true;
        _context.Troubles.Writes.Met(TroubleKind.Commits, Key, $"Committing to shard {_context.Number}", failure);
    }

    private void ShardReadable()
    {
        if (_isUnreadable)
            _context.Troubles.Over(TroubleKind.Shard, Key);
        _isUnreadable = false;
    }

    private async Task ProcessAsync(List<CommitWork> batch, CancellationToken stopping)
    {
        var refreshes = batch.OfType<RefreshWork>().ToList();
        var works = batch.Where(w => w is FlushWork or ControlWork).ToList();
        if (batch.Exists(w => w is CheckpointWork { Force: true }))
            _checkpoints.Begin(_journal.State, stopping);
        try
        {
            // A compare-and-swap that succeeds now proves the state current as of after these refreshes were queued.
            var current = (works.Count > 0 || _checkpoints.IsReady) && await CommitAsync(works, stopping);
            if (refreshes.Count > 0 && !current)
                await ReadAsync(null, stopping);
            refreshes.ForEach(r => r.Complete(_journal.State));
        }
        catch (StoreException e)
        {
            // Once per episode, not with each commit.
            if (e.Kind is StoreErrorKind.Corrupt or StoreErrorKind.NotFound)
                ShardUnreadable(e);
            else
                CommitsTroubled(e);
            Fail(works, e);
            refreshes.ForEach(r => r.Fail(e));
        }

        if (_journal.TailBytes >= _checkpoints.TailLimit)
            _checkpoints.Begin(_journal.State, stopping);
    }

    /// <summary>
    /// Works out the next commit on the newest state. Flushes whose fate that state already decides are settled on the way.
    /// </summary>
    private CommitPlan Plan(List<CommitWork> works, FlushWatch? watch)
    {
        var plan = new CommitPlan(_journal.State);
        var now = _context.NowMs;
        if (_checkpoints.IsReady && _checkpoints.TryTake(_journal.State, out var checkpoint))
            plan.Add(new CheckpointEntry(now, checkpoint.Object, checkpoint.Version));
        foreach (var work in works)
        {
            switch (work)
            {
                case FlushWork { IsDone: false } flush when !TrySettle(flush, watch):
                    plan.Add(flush, flush.Flush.ToEntry(now, leaseless: plan.Next.Holder != _context.Identity.Incarnation));
                    break;
                case ControlWork { IsDone: false } control when !TrySettle(control):
                    PlanControl(plan, control);
                    break;
            }
        }

        return plan;
    }

    // What was attempted before is either among the commits, or proven not to be, or unknowable. Nothing that is unknowable is committed
    // again.
    private bool TrySettle(FlushWork work, FlushWatch? watch)
    {
        var flush = work.Flush;
        if (watch is not null && watch.TryGet(flush.Object.Id, out var found))
            Settle(work, found.Outcomes, found.Epoch);
        else if (_journal.State.HasCommitted(flush.Object.Id)
            || (flush.AttemptedAt >= 0 && flush.AttemptedAt < _journal.State.CommitsKnownSince))
            SettleUnknown(work);
        return work.IsDone;
    }

    private bool TrySettle(ControlWork work)
    {
        if (work.Attempt is not { } attempt)
            return false;
        var state = _journal.State;
        if (state.HasCommitted(attempt.Object.Id) || state.Checkpoint == attempt.Object)
            work.Complete(CommitResult.Applied, state);
        else if (attempt.Version < state.CommitsKnownSince)
            work.Complete(CommitResult.Unknown, state);
        return work.IsDone;
    }

    private void PlanControl(CommitPlan plan, ControlWork work)
    {
        Entry? entry;
        try
        {
            entry = work.Propose(plan.Next);
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            work.Fail(e); // The proposer's defect is the proposer's alone.
            return;
        }

        if (entry is null)
            plan.Withdrawn.Add(work);
        else if (ControlWork.BornOf(entry) < _journal.State.Horizon)
            work.Complete(CommitResult.Void, _journal.State);
        else
            plan.Add(work, entry);
    }

    /// <summary>
    /// Flushes whose objects the horizon has voided get new names and are uploaded again, before anything else is committed.
    /// </summary>
    private async Task UploadVoidedAsync(List<CommitWork> works, FlushWatch? watch, CancellationToken stopping)
    {
        foreach (var work in works.OfType<FlushWork>())
        {
            var flush = work.Flush;
            if (work.IsDone || flush.Object.Born >= _journal.State.Horizon || TrySettle(work, watch))
                continue;
            // Every earlier attempt expected a version before the horizon's commit, so none can succeed any more.
            flush.Buffer.Object = new ObjectRef(ObjectKind.Segment, _journal.State.Version, _context.Runtime.Random.NextUInt64());
            flush.AttemptedAt = -1;
            _context.Metrics.VoidedFlushes.Add(1);
            await _uploader.UploadAsync(flush, stopping);
        }
    }

    // A strong read for a refresh: its caller retries, so a transient failure is handed on after a few tries.
    private async Task ReadAsync(FlushWatch? watch, CancellationToken stopping)
    {
        var backoff = new Backoff(_context.Runtime);
        while (true)
        {
            try
            {
                var proof = _context.Proofs.Begin();
                await _journal.ReadAsync(watch, stopping);
                ShardReadable();
                Publish(proof);
                return;
            }
            catch (StoreException e) when (e.IsTransient && (watch is not null || backoff.Failures < 5))
            {
                await backoff.WaitAsync(stopping);
            }
        }
    }

    // The proof, where there is one, began before the state was read or committed.
    private void Publish(long proof = 0) => _publish(_journal.State, proof);

    [LoggerMessage(1100, LogLevel.Warning, "Shard {Shard} cannot read its register yet ({Kind}); trying again")]
    private static partial void LogStoreAway(ILogger log, int shard, StoreErrorKind kind);

    [LoggerMessage(1102, LogLevel.Warning,
        "Shard {Shard}: the outcome of flush {Flush} is unknown: its commit attempt lies before the commits that are still remembered")]
    private static partial void LogUnknown(ILogger log, int shard, string flush);
}

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
/// and commits as many as are there with one compare-and-swap. What cannot be committed yet, for want of room in the ring or while its
/// object is uploaded again, waits aside and never holds the loop. This file is the loop; Committer.Commits.cs is what a commit holds and
/// what follows from its outcome.
/// </summary>
internal sealed partial class Committer
{
    private const int MaxInbox = 1024, MaxBatch = 64;
    private static readonly TimeSpan s_firstReload = TimeSpan.FromSeconds(1), s_longestReload = TimeSpan.FromMinutes(1);

    // A shard without a commit for so long is idle: one checkpoint then spares whoever opens it the tail.
    private static readonly TimeSpan s_idle = TimeSpan.FromSeconds(10);

    private readonly Channel<CommitWork> _inbox = Channel.CreateBounded<CommitWork>(
        new BoundedChannelOptions(MaxInbox) { SingleReader = true });
    private readonly ShardContext _context;
    private readonly ShardJournal _journal;
    private readonly SegmentUploader _uploader;
    private readonly CheckpointWriter _checkpoints;
    private readonly Action<ShardState, long> _publish;
    private readonly TaskCompletionSource _opened = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly List<CommitWork> _pending = [];
    private readonly RoomWait _room;
    private StoreException? _unreadable;
    private ITimer? _idleTimer;
    private bool _isIdleArmed;
    private long _lastCommitAt;

    // What was told and is not over: so that what goes well, as nearly everything does, has nothing to tell.
    private bool _isTroubled;
    private bool _isUnreadable;

    public Committer(ShardContext context, SegmentUploader uploader, Action<ShardState, long> publish)
    {
        _context = context;
        _journal = new ShardJournal(context.Number, context.Ring, context.Stores, context.Runtime);
        _uploader = uploader;
        _checkpoints = new CheckpointWriter(context, () => _inbox.Writer.TryWrite(new CheckpointWork(force: false)));
        _publish = publish;
        _room = new RoomWait(context, Wake);
    }

    /// <summary>Why the shard's state is not known, when that is so.</summary>
    public StoreException? Unreadable => Volatile.Read(ref _unreadable);

    /// <summary>The newest commit that another process is known to have made since this one began to follow; 0 for none.</summary>
    public long NewestOfOthers => _journal.NewestOfOthers;

    /// <summary>Completes when the journal has been read, or could not be for a reason that does not pass by itself.</summary>
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
            while (isLoaded && await WaitForWorkAsync(stopping))
            {
                batch.Clear();
                while (batch.Count < MaxBatch && _inbox.Reader.TryRead(out var work))
                    batch.Add(work);
                await ProcessAsync(batch, stopping);
            }

            if (isLoaded)
                await LeaveCheckpointAsync(stopping);
        }
        finally
        {
            Complete();
            _idleTimer?.Dispose();
            _room.Stop();
            foreach (var work in _pending)
            {
                if (work is FlushWork flush)
                    await flush.Upload; // Before its buffer is given back.
            }

            batch.AddRange(_pending);
            while (_inbox.Reader.TryRead(out var work))
                batch.Add(work);
            Abandon(batch);
            await _checkpoints.FinishAsync();
        }
    }

    private void Wake() => _inbox.Writer.TryWrite(WakeWork.Instance); // With a full inbox the loop is awake.

    // A store that is away or throttles at start-up is waited for, never fatal. A journal or checkpoint that cannot be read takes out this
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
            await _journal.ReadAsync(stopping);
            await _journal.CheckAgainstBucketAsync(stopping);
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
        FailOne(work, ErrorCode.ShardUnreadable, "The partition's shard cannot be read: its journal or checkpoint is damaged.");
        if (work is RefreshWork refresh)
            refresh.Fail(failure);
    }

    private string Key => _context.Number.ToString(CultureInfo.InvariantCulture);

    private void ShardUnreadable(StoreException failure)
    {
        _isUnreadable = true;
        var lost = _context.IsCoordinator ? "groups" : "partitions";
        var detail = $"Shard {_context.Number} cannot be read, so none of its {lost} is served: {failure.Message}.";
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

    // Once the inbox is closed what waits aside is waited for: nothing that was taken is given up in a clean stop.
    private async ValueTask<bool> WaitForWorkAsync(CancellationToken stopping)
    {
        if (await _inbox.Reader.WaitToReadAsync(stopping))
            return true;
        if (_pending.Count == 0)
            return false;
        await Task.Delay(RoomWait.FirstPause, _context.Runtime.Time, stopping).OnContext();
        return true;
    }

    private async Task ProcessAsync(List<CommitWork> batch, CancellationToken stopping)
    {
        var refreshes = batch.OfType<RefreshWork>().ToList();
        var works = batch.FindAll(static w => w is FlushWork or ControlWork);
        batch.RemoveAll(static w => w is FlushWork or ControlWork); // From here on they are among those that wait.
        _pending.AddRange(works);
        if (batch.Exists(static w => w is CheckpointWork { Force: true }))
            _checkpoints.Begin(_journal.State, stopping);
        try
        {
            await FollowForRoomAsync(stopping);

            // A compare-and-swap that succeeds now proves the state current as of after these refreshes were queued.
            var current = (_pending.Count > 0 || _checkpoints.IsReady) && await CommitAsync(stopping);
            if (refreshes.Count > 0 && !current)
                await ReadAsync(isPatient: false, stopping);
            refreshes.ForEach(r => r.Complete(_journal.State));
        }
        catch (StoreException e)
        {
            // Once per episode, not with each commit.
            if (e.Kind is StoreErrorKind.Corrupt or StoreErrorKind.NotFound)
                ShardUnreadable(e);
            else
                CommitsTroubled(e);
            Fail(e.IsTransient ? works : [.. _pending], e);
            refreshes.ForEach(r => r.Fail(e));
        }

        _pending.RemoveAll(static w => w.IsDone);
        if (_pending.Count > 0)
            WaitForRoom(stopping);
        else if (_room.IsArmed)
            _room.Over();
        if (batch.Exists(static w => w is IdleWork))
            BeginIdleCheckpoint(stopping);
    }

    // Who waits for room follows the journal: others may have made some.
    private async Task FollowForRoomAsync(CancellationToken stopping)
    {
        if (!_room.IsDue)
            return;
        try
        {
            await ReadAsync(isPatient: false, stopping);
        }
        catch (StoreException e) when (e.IsTransient)
        {
            // The wait goes on.
        }
    }

    private void WaitForRoom(CancellationToken stopping)
    {
        var isFull = Room < JournalRoom.ForAll;
        if (isFull)
            _checkpoints.Begin(_journal.State, stopping);
        _room.Wait(isFull);
    }

    // One timer runs however many commits there are: when it is over, it is seen how long the last one was ago.
    private void ArmIdle()
    {
        _lastCommitAt = _context.Runtime.Time.GetTimestamp();
        if (_isIdleArmed)
            return;
        _isIdleArmed = true;
        _idleTimer ??= _context.Runtime.Time.CreateTimer(
            static committer => ((Committer)committer!).IdleOver(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        _idleTimer.Change(s_idle, Timeout.InfiniteTimeSpan);
    }

    private void IdleOver()
    {
        if (!_inbox.Writer.TryWrite(IdleWork.Instance))
            _idleTimer!.Change(s_idle, Timeout.InfiniteTimeSpan); // Full: anything but idle.
    }

    private void BeginIdleCheckpoint(CancellationToken stopping)
    {
        var idle = _context.Runtime.Time.GetElapsedTime(_lastCommitAt);
        if (idle < s_idle)
        {
            _idleTimer!.Change(s_idle - idle, Timeout.InfiniteTimeSpan);
            return;
        }

        _isIdleArmed = false;
        if (_journal.NewestChange > _journal.State.CheckpointVersion)
            _checkpoints.Begin(_journal.State, stopping);
    }

    // A clean stop of who was the last to hold the shard leaves a checkpoint: who opens it next is spared the tail, and sees by it that
    // registers from before it are put back. It is a courtesy: a store that does not take it now holds up nobody.
    private async Task LeaveCheckpointAsync(CancellationToken stopping)
    {
        await _checkpoints.FinishAsync();
        if (_journal.State.Holder is not null || _journal.NewestChange <= _journal.State.CheckpointVersion)
            return;
        _checkpoints.Begin(_journal.State, stopping, isPatient: false);
        await _checkpoints.FinishAsync();
        try
        {
            await CommitAsync(stopping);
        }
        catch (StoreException)
        {
            // The next start reads the tail.
        }
    }

    // A strong read for a refresh: its caller retries, so a transient failure is handed on after a few tries.
    private async Task ReadAsync(bool isPatient, CancellationToken stopping)
    {
        var backoff = new Backoff(_context.Runtime);
        while (true)
        {
            try
            {
                var proof = _context.Proofs.Begin();
                await _journal.ReadAsync(stopping);
                ShardReadable();
                Publish(proof);
                return;
            }
            catch (StoreException e) when (e.IsTransient && (isPatient || backoff.Failures < 5))
            {
                await backoff.WaitAsync(stopping);
            }
        }
    }

    // The proof, where there is one, began before the state was read or committed.
    private void Publish(long proof = 0) => _publish(_journal.State, proof);

    [LoggerMessage(1100, LogLevel.Warning, "Shard {Shard} cannot read its journal yet ({Kind}); trying again")]
    private static partial void LogStoreAway(ILogger log, int shard, StoreErrorKind kind);

    [LoggerMessage(1102, LogLevel.Warning,
        "Shard {Shard}: the outcome of flush {Flush} is unknown: the ring has come by its slot since the reply to its commit was lost")]
    private static partial void LogUnknown(ILogger log, int shard, string flush);
}

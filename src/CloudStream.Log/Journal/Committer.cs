using System.Threading.Channels;
using CloudStream.Log.Flushes;
using CloudStream.Log.Runtime;
using CloudStream.Log.State;
using CloudStream.Storage;
using Microsoft.Extensions.Logging;

namespace CloudStream.Log.Journal;

/// <summary>
/// The owner of a shard's state in this process: one loop that takes uploaded flushes, control entries and refreshes from one bounded inbox and
/// commits as many as are there with one compare-and-swap. Partial files: this one is the loop; Planning says what a commit holds; Settling what follows from its outcome.
/// </summary>
internal sealed partial class Committer
{
    private const int MaxInbox = 1024, MaxBatch = 64;

    private readonly Channel<CommitWork> _inbox = Channel.CreateBounded<CommitWork>(new BoundedChannelOptions(MaxInbox) { SingleReader = true });
    private readonly ShardContext _context;
    private readonly ShardJournal _journal;
    private readonly SegmentUploader _uploader;
    private readonly CheckpointWriter _checkpoints;
    private readonly Action<ShardState, long> _publish;

    public Committer(ShardContext context, SegmentUploader uploader, Action<ShardState, long> publish)
    {
        _context = context;
        _journal = new ShardJournal(context.Number, context.Stores, context.Runtime);
        _uploader = uploader;
        _checkpoints = new CheckpointWriter(context.Number, context.Stores.Objects, context.Runtime, context.Metrics, () => _inbox.Writer.TryWrite(new CheckpointWork(force: false)));
        _publish = publish;
    }

    /// <summary>Queues work, waiting for room.</summary>
    /// <exception cref="ChannelClosedException">The shard is stopping.</exception>
    public ValueTask EnqueueAsync(CommitWork work, CancellationToken cancellationToken) => _inbox.Writer.WriteAsync(work, cancellationToken);

    /// <summary>No more work comes; the loop ends when the inbox is empty.</summary>
    public void Complete() => _inbox.Writer.TryComplete();

    /// <summary>The loop. Ends when <see cref="Complete"/> was called and everything is settled, or at once (with unknown outcomes) when cancelled.</summary>
    public async Task RunAsync(CancellationToken stopping)
    {
        var batch = new List<CommitWork>();
        try
        {
            await LoadAsync(stopping);
            while (await _inbox.Reader.WaitToReadAsync(stopping))
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

    // A store that is away or throttles at start-up is waited for, never fatal.
    private async Task LoadAsync(CancellationToken stopping)
    {
        var backoff = new Backoff(_context.Runtime);
        while (true)
        {
            try
            {
                var proof = _context.Proofs.Begin();
                await _journal.ReadAsync(null, stopping);
                Publish(proof);
                return;
            }
            catch (StoreException e) when (e.IsTransient)
            {
                LogStoreAway(_context.Log, _context.Number, e.Kind);
                await backoff.WaitAsync(stopping);
            }
        }
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
            LogStoreRefuses(_context.Log, _context.Number, e);
            Fail(works, e);
            refreshes.ForEach(r => r.Fail(e));
        }

        if (_journal.TailBytes >= _checkpoints.TailLimit)
            _checkpoints.Begin(_journal.State, stopping);
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

    [LoggerMessage(1101, LogLevel.Error, "Shard {Shard}: the store refuses")]
    private static partial void LogStoreRefuses(ILogger log, int shard, Exception fault);

    [LoggerMessage(1102, LogLevel.Warning, "Shard {Shard}: the outcome of flush {Flush} is unknown: its commit attempt lies before the commits that are still remembered")]
    private static partial void LogUnknown(ILogger log, int shard, string flush);
}

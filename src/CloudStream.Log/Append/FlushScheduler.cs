using System.Threading.Channels;
using CloudStream.Log.Calls;
using CloudStream.Log.Flushes;
using CloudStream.Log.Journal;
using CloudStream.Log.Memory;
using CloudStream.Log.Runtime;
using CloudStream.Storage;
using CloudStream.Storage.Objects;
using Microsoft.Extensions.Logging;

namespace CloudStream.Log.Append;

/// <summary>
/// Decides when a shard flushes: the first append after a quiet spell at once, after that at the pace that <see cref="FlushPace"/> sets, or
/// when a size is reached. Uploads run side by side up to a limit; their commits are queued in the order of sealing.
/// </summary>
internal sealed partial class FlushScheduler
{
    private const int MaxQueued = 16 * 1024;
    private const string ShuttingDown = "The broker is shutting down.";

    private static readonly Task<bool> s_nothingToUpload = Task.FromResult(true);

    private readonly Channel<PendingAppend> _appends = Channel.CreateBounded<PendingAppend>(MaxQueued);
    private readonly ShardContext _context;
    private readonly SegmentUploader _uploader;
    private readonly Committer _committer;
    private readonly ByteBudget _uploads;
    private readonly Func<long> _knownVersion;
    private Task _delivered = Task.CompletedTask;
    private Task<bool>? _arrival;

    public FlushScheduler(ShardContext context, SegmentUploader uploader, Committer committer, Func<long> knownVersion)
    {
        _context = context;
        _uploader = uploader;
        _committer = committer;
        _uploads = new ByteBudget(context.Options.MaxUploadsInFlight);
        _knownVersion = knownVersion;
    }

    /// <summary>Queues an append whose bytes are covered by the caller's byte budget.</summary>
    /// <exception cref="ChannelClosedException">The shard is stopping.</exception>
    public ValueTask EnqueueAsync(PendingAppend append, CancellationToken cancellationToken) =>
        _appends.Writer.WriteAsync(append, cancellationToken);

    /// <summary>No more appends come; what is queued is flushed and the loop ends.</summary>
    public void Complete() => _appends.Writer.TryComplete();

    /// <summary>The loop.</summary>
    public async Task RunAsync(CancellationToken stopping)
    {
        var time = _context.Runtime.Time;
        var pace = new FlushPace(_context.Options, time);
        var pending = new List<PendingAppend>();
        long arrivals = 0;
        try
        {
            while (await ArrivalAsync(stopping))
            {
                await _uploads.AcquireAsync(1, Timeout.InfiniteTimeSpan, time, stopping);
                pending = [];
                await CollectAsync(pending, pace, stopping);
                foreach (var append in pending)
                    append.Arrival = arrivals++;
                var (sealedAppends, flushes) = (pending.Count, Seal(pending));
                pending = [];
                if (flushes.Count == 0)
                {
                    // Nothing could be sealed; or what had arrived was taken for the flush before, while the news of it was still on its
                    // way.
                    _uploads.Release(1);
                    continue;
                }

                pace.Sealed(flushes[^1].Settled, sealedAppends);
                _delivered = DeliverAsync(flushes, _delivered, stopping);
            }

            await _delivered;
        }
        finally
        {
            Complete();
            pending.ForEach(Abandon);
            while (_appends.Reader.TryRead(out var append))
                Abandon(append);
            await _delivered;
        }
    }

    // One wait at a time is pending on the channel, whoever asks for it.
    private Task<bool> ArrivalAsync(CancellationToken stopping)
    {
        if (_arrival is null || _arrival.IsCompleted)
            _arrival = WaitToReadAsync(stopping);
        return _arrival;
    }

    // Not AsTask, which would resume on the thread pool whatever the context.
    private async Task<bool> WaitToReadAsync(CancellationToken stopping) => await _appends.Reader.WaitToReadAsync(stopping);

    private async Task CollectAsync(List<PendingAppend> pending, FlushPace pace, CancellationToken stopping)
    {
        var bytes = TakeReady(pending, 0);
        if (pace.IsLone(pending.Count) && pace.Wait > TimeSpan.Zero)
        {
            var arrival = ArrivalAsync(stopping);
            await WaitAsync(pace.Wait, pace.Settled, arrival, stopping);
            await WaitAsync(pace.LoneWait, arrival, arrival, stopping);
            if (!arrival.IsCompleted || !await arrival)
                return;
            bytes = TakeReady(pending, bytes);
        }

        bytes = await CollectMoreAsync(pending, bytes, pace.Wait, stopping);
        await CollectHeavyAsync(pending, bytes, pace, stopping);
    }

    private async Task<long> CollectMoreAsync(List<PendingAppend> pending, long bytes, TimeSpan wait, CancellationToken stopping)
    {
        if (wait <= TimeSpan.Zero || bytes >= _context.Options.FlushBytes)
            return bytes;
        using var early = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        var due = Task.Delay(wait, _context.Runtime.Time, early.Token).OnContext();
        while (!due.IsCompleted && bytes < _context.Options.FlushBytes)
        {
            var arrival = ArrivalAsync(stopping);
            await Task.WhenAny(due, arrival);
            if (arrival.IsCompleted && !await arrival)
                break; // Completed: the last flush does not wait.
            bytes = TakeReady(pending, bytes);
        }

        early.Cancel();
        return bytes;
    }

    // Looks now and then, not at every append.
    private async Task CollectHeavyAsync(List<PendingAppend> pending, long bytes, FlushPace pace, CancellationToken stopping)
    {
        while (pace.IsWorthWaiting(pending, bytes))
        {
            await Task.Delay(pace.HeavyWait, _context.Runtime.Time, stopping).OnContext();
            var before = bytes;
            bytes = TakeReady(pending, bytes);
            if (bytes == before)
            {
                pace.GapSeen();
                return;
            }
        }
    }

    private async Task WaitAsync(TimeSpan wait, Task orUntil, Task arrival, CancellationToken stopping)
    {
        // Time has gone on since somebody last looked at how long it was.
        if (wait <= TimeSpan.Zero || orUntil.IsCompleted || arrival.IsCompleted)
            return;
        using var early = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        await Task.WhenAny(Task.Delay(wait, _context.Runtime.Time, early.Token).OnContext(), orUntil, arrival);
        early.Cancel();
    }

    private long TakeReady(List<PendingAppend> pending, long bytes)
    {
        while (bytes < _context.Options.FlushBytes && _appends.Reader.TryRead(out var append))
        {
            pending.Add(append);
            bytes += append.Length;
        }

        return bytes;
    }

    private List<Flush> Seal(List<PendingAppend> pending)
    {
        var flushes = new List<Flush>(1);
        foreach (var appends in FlushBuilder.Split(pending, _context.Options.IndexSizes.FinalFlushBytes))
        {
            if (TrySeal(appends) is { } flush)
                flushes.Add(flush);
        }

        return flushes;
    }

    // What cannot be described fails alone: records that passed the checks and still upset us must not end the shard.
    private Flush? TrySeal(List<PendingAppend> appends)
    {
        try
        {
            var flush = FlushBuilder.Build(appends, _context.InlineMaxBytes);
            if (flush.IsInline)
                _context.Metrics.InlineFlushes.Add(1);
            else
                flush.Buffer.Object = new ObjectRef(ObjectKind.Segment, _knownVersion(), _context.Runtime.Random.NextUInt64());
            _context.Metrics.Flushes.Add(1);
            _context.Metrics.FlushedBytes.Add(flush.Buffer.Bytes);
            return flush;
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            LogNotSealed(_context.Log, _context.Number, e);

            // Their buffers are left to the collector: some may be the flush's by now.
            foreach (var append in appends)
                append.Complete(AppendResult.Failed(ErrorCode.InvalidRecord, "The records cannot be put into a flush."));
            return null;
        }
    }

    private async Task DeliverAsync(List<Flush> flushes, Task previous, CancellationToken stopping)
    {
        var uploads = flushes.ConvertAll(flush => flush.IsInline ? s_nothingToUpload : TryUploadAsync(flush, stopping));
        var isTurn = false;
        try
        {
            for (var i = 0; i < flushes.Count; i++)
            {
                if (!await uploads[i])
                    continue;
                if (!isTurn)
                    await previous;
                isTurn = true;
                await HandOverAsync(flushes[i], stopping);
            }
        }
        finally
        {
            _uploads.Release(1);
            if (!isTurn)
                await previous;
        }
    }

    private async Task<bool> TryUploadAsync(Flush flush, CancellationToken stopping)
    {
        try
        {
            await _uploader.UploadAsync(flush, stopping);
            return true;
        }
        catch (StoreException e)
        {
            // Said once by the uploader, not with each flush.
            GiveUp(flush, StoreFailure.CodeOf(e), StoreFailure.Describe(e, "The object store does not take the records."));
        }
        catch (OperationCanceledException)
        {
            GiveUp(flush, ErrorCode.ShuttingDown, ShuttingDown);
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            // Not the end of the chain: the flushes behind this one wait for it.
            LogUploadRefused(_context.Log, _context.Number, e);
            GiveUp(flush, ErrorCode.StoreRefused, "The records could not be brought to the object store.");
        }

        return false;
    }

    private async Task HandOverAsync(Flush flush, CancellationToken stopping)
    {
        try
        {
            await _committer.EnqueueAsync(new FlushWork(flush), stopping);
        }
        catch (Exception e) when (e is OperationCanceledException or ChannelClosedException)
        {
            GiveUp(flush, ErrorCode.ShuttingDown, ShuttingDown);
        }
    }

    private static void GiveUp(Flush flush, ErrorCode error, string detail)
    {
        flush.Fail(error, detail);
        flush.Buffer.Release();
    }

    /// <summary>Answers an append that no flush will take.</summary>
    public static void Abandon(PendingAppend append)
    {
        BufferPool.Shared.Return(append.Buffer);
        append.Complete(AppendResult.Failed(ErrorCode.ShuttingDown, ShuttingDown));
    }

    [LoggerMessage(1111, LogLevel.Critical, "Shard {Shard}: a defect keeps appends from being sealed; they fail")]
    private static partial void LogNotSealed(ILogger log, int shard, Exception fault);

    [LoggerMessage(1110, LogLevel.Error, "Shard {Shard}: the object store refuses a segment object; its appends fail")]
    private static partial void LogUploadRefused(ILogger log, int shard, Exception fault);
}

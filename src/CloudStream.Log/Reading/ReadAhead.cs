using CloudStream.Log.Cache;
using CloudStream.Log.Chunks;
using CloudStream.Log.Index;
using CloudStream.Log.State;
using CloudStream.Log.Waiting;

namespace CloudStream.Log.Reading;

/// <summary>
/// Begins to load the chunks that a sequential reader will want next, through the same cache and within part of the budget, and never
/// waits for a place in it. Failures are counted and otherwise left to the reader, who will see them itself. Thread-safe.
/// </summary>
internal sealed class ReadAhead : IAsyncDisposable
{
    private const int MaxChunks = 16;
    private readonly IndexPageReader _index;
    private readonly ChunkReader _chunks;
    private readonly BlockCache _cache;
    private readonly FetchMetrics _metrics;
    private readonly CancellationTokenSource _stopping = new();
    private readonly CancellationToken _stop;
    private readonly OwnedTasks _walks = new();

    public ReadAhead(IndexPageReader index, ChunkReader chunks, BlockCache cache, FetchMetrics metrics)
    {
        (_index, _chunks, _cache, _metrics) = (index, chunks, cache, metrics);
        _stop = _stopping.Token;
    }

    /// <summary>Loads from <paramref name="offset"/> on until <paramref name="bytes"/> are on their way or there.</summary>
    public void Follow(IShardLog shard, PartitionState partition, long offset, long bytes, bool takesFiles)
    {
        var walk = FollowAsync(shard, partition, offset, bytes, takesFiles);
        if (!walk.IsCompletedSuccessfully)
            _walks.Own(walk.AsTask());
    }

    /// <summary>Stops and waits for what runs.</summary>
    public async ValueTask DisposeAsync()
    {
        _stopping.Cancel();
        await _walks.DrainAsync();
        _stopping.Dispose();
    }

    // Completes at once, without an allocation, as far as pages and directories are cached.
    private async ValueTask FollowAsync(IShardLog shard, PartitionState partition, long offset, long bytes, bool takesFiles)
    {
        try
        {
            for (var n = 0; n < MaxChunks && bytes > 0 && offset < partition.EndOffset; n++)
            {
                offset = partition.SkipLosses(offset);
                var found = await _index.FindAsync(shard.Number, partition, offset, timestamp: long.MinValue, _stop);
                if (found.Slice is not { } slice || IsInTail(shard, slice))
                {
                    Count(found.Failure);
                    return;
                }

                var located = await _chunks.LocateAsync(shard.Number, slice, offset, timestamp: long.MinValue, _stop);
                if (located.Failure is not null || !TryStart(takesFiles ? located.Location.MayStayInFile : located.Location))
                {
                    Count(located.Failure);
                    return;
                }

                offset = located.Location.EndOffset;
                bytes -= located.Location.Bytes;
            }
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            // The wish to stop.
        }
    }

    private bool TryStart(ChunkLocation location)
    {
        if (_cache.Contains(location.Key))
            return true;
        if (!_chunks.TryStart(location))
            return false;
        _metrics.AheadStarted();
        return true;
    }

    private void Count(Exception? failure)
    {
        if (failure is not null)
            _metrics.AheadFailed();
    }

    private static bool IsInTail(IShardLog shard, Slice slice)
    {
        if (!shard.Tail.TryGet(slice.Object, out var flush))
            return false;
        flush.Release();
        return true;
    }
}

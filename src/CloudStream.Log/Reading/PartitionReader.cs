using CloudStream.Log.Cache;
using CloudStream.Log.Chunks;
using CloudStream.Log.Index;
using CloudStream.Log.State;
using CloudStream.Log.Waiting;
using CloudStream.Storage;

namespace CloudStream.Log.Reading;

/// <summary>
/// Collects batches of one partition from one snapshot: from recent flushes in memory, from the cache, from the object store. Thread-safe.
/// </summary>
internal sealed class PartitionReader(IndexPageReader index, ChunkReader chunks, ReadAhead ahead)
{
    /// <summary>Adds batches until the pieces are full or the snapshot ends.</summary>
    /// <returns>Why it stopped before; null when it did not.</returns>
    public async ValueTask<StoreException?> CollectAsync(
        IShardLog shard, PartitionState partition, FetchPieces into, long aheadBytes, CancellationToken cancellationToken)
    {
        while (!into.IsFull)
        {
            if (!partition.Losses.IsEmpty)
                into.SkipTo(partition.SkipLosses(into.NextOffset));
            if (into.NextOffset >= partition.EndOffset)
                break;
            var found = into.NextOffset >= partition.RecentBaseOffset
                ? new SliceOutcome(partition.Recent[partition.FindRecent(into.NextOffset)], null)
                : await index.FindAsync(shard.Number, partition, into.NextOffset, timestamp: long.MinValue, cancellationToken);
            var failure = found.Slice is { } slice
                ? await CollectAsync(shard, partition, slice, into, aheadBytes, cancellationToken)
                : found.Failure is { } unread ? Failed(into, found.Failed, unread) : Gap(shard, partition, into, partition.EndOffset);
            if (failure is not null)
                return failure;
        }

        return null;
    }

    /// <summary>
    /// Adds batches of one slice: all that fit when a recent flush holds it, else those of the chunk that holds the next offset.
    /// </summary>
    public async ValueTask<StoreException?> CollectAsync(
        IShardLog shard, PartitionState partition, Slice slice, FetchPieces into, long aheadBytes, CancellationToken cancellationToken)
    {
        if (slice.BaseOffset > into.NextOffset)
            return Gap(shard, partition, into, slice.BaseOffset);
        if (shard.Tail.TryGet(slice.Object, out var flush))
        {
            into.Add(flush, slice.Position, slice.Bytes, slice.EndOffset);
            return null;
        }

        var located = await chunks.LocateAsync(shard.Number, slice, into.NextOffset, timestamp: long.MinValue, cancellationToken);
        if (located.Failure is not null)
            return Failed(into, ChunkReader.DirectoryOf(shard.Number, slice), located.Failure);
        return await CollectAsync(
            shard, partition, into.TakesFiles ? located.Location.MayStayInFile : located.Location, into, aheadBytes, cancellationToken);
    }

    private async ValueTask<StoreException?> CollectAsync(
        IShardLog shard, PartitionState partition, ChunkLocation location, FetchPieces into, long aheadBytes,
        CancellationToken cancellationToken)
    {

        // What is there already makes an answer, and the next fetch finds the rest; who knows whether the chunk's next batch has room in
        // this one.
        if (into.IsEnough && !chunks.IsLoaded(location))
        {
            into.Close();
            if (aheadBytes > 0)
                ahead.Follow(shard, partition, into.NextOffset, aheadBytes, into.TakesFiles);
            return null;
        }

        // Before the wait: a fetch of several chunks waits for them side by side.
        var load = chunks.GetAsync(location, into.NextOffset, cancellationToken);
        if (aheadBytes > 0)
            ahead.Follow(shard, partition, location.EndOffset, aheadBytes, into.TakesFiles);
        var loaded = await load;
        if (loaded.Block is FileChunk stored && await AddAsync(stored, location, into, cancellationToken) is var (isAdded, failure))
        {
            // Gone, or cut short, since it was verified: the next step says which, by reading it.
            if (failure is not null)
                return Failed(into, FailedBlock(location), failure);
            if (!isAdded)
            {
                chunks.Forget(location);
                return await CollectAsync(shard, partition, location.MustBeRead, into, aheadBytes, cancellationToken);
            }
        }
        else if (loaded.Block is MemoryChunk chunk)
        {
            into.Add(chunk);
        }
        else
        {
            return Failed(into, FailedBlock(location), loaded.Failure!);
        }

        chunks.Taken(location, into.NextOffset);
        return null;
    }

    // Takes over the reference.
    private async ValueTask<(bool IsAdded, StoreException? Failure)> AddAsync(
        FileChunk chunk, ChunkLocation location, FetchPieces into, CancellationToken cancellationToken)
    {
        var isAdded = false;
        try
        {
            if (await chunks.OpenAsync(location, cancellationToken) is { } file)
            {
                into.Add(chunk, file);
                isAdded = true;
            }

            return (isAdded, null);
        }
        catch (StoreException failure)
        {
            return (false, failure);
        }
        finally
        {
            if (!isAdded)
                chunk.Release();
        }
    }

    private static FailedBlock FailedBlock(ChunkLocation location) => new(location.Key, location.BaseOffset, location.EndOffset);

    private static StoreException Failed(FetchPieces into, FailedBlock failed, StoreException failure)
    {
        into.Failed = failed;
        return failure;
    }

    private static StoreException Gap(IShardLog shard, PartitionState partition, FetchPieces into, long end)
    {
        into.Failed = new FailedBlock(null, into.NextOffset, end);
        return new(StoreErrorKind.Corrupt,
            $"the index of slot {partition.Slot} in shard {shard.Number} has no slice for offset {into.NextOffset}");
    }
}

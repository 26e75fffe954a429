using CloudStream.Log.Cache;
using CloudStream.Log.Flushes;
using CloudStream.Log.State;
using CloudStream.Storage;
using CloudStream.Storage.Objects;

namespace CloudStream.Log.Chunks;

/// <summary>Finds and loads the chunks of slices through the cache. Thread-safe.</summary>
internal sealed class ChunkReader(BlockCache cache, TailMemory written)
{
    /// <summary>
    /// The first chunk of the slice that ends after <paramref name="offset"/> and may hold a record of at least
    /// <paramref name="timestamp"/> (<see cref="long.MinValue"/> for any).
    /// </summary>
    public ValueTask<ChunkOutcome> LocateAsync(int shard, Slice slice, long offset, long timestamp, CancellationToken cancellationToken)
    {
        if (slice.Object.Kind != ObjectKind.Merged)
            return new(WholeSlice(shard, slice));
        var key = new BlockKey(shard, slice.Object, BlockKey.Directory);
        return cache.TryGet(key, 0, out var table)
            ? new(LocateIn(table, shard, slice, offset, timestamp))
            : LoadAndLocateAsync(key, shard, slice, offset, timestamp, cancellationToken);
    }

    /// <summary>The chunk, referenced for the caller.</summary>
    public ValueTask<LoadOutcome> GetAsync(ChunkLocation location, long offset, CancellationToken cancellationToken) =>
        cache.TryGet(location.Key, offset, out var chunk)
            ? new(new LoadOutcome(chunk, null))
            : cache.GetAsync(new ChunkRequest(location, written), offset, cancellationToken);

    /// <summary>Begins to load a chunk for which nobody waits yet.</summary>
    /// <returns>False when the budget has no room for it now.</returns>
    public bool TryStart(ChunkLocation location) => cache.TryStart(new ChunkRequest(location, written));

    /// <summary>The file of a chunk that stayed there, its bytes in the page cache; null when it is gone or has been cut short.</summary>
    /// <exception cref="StoreException">It cannot be read.</exception>
    public async ValueTask<ObjectFile?> OpenAsync(ChunkLocation location, CancellationToken cancellationToken)
    {
        var file = await cache.OpenFileAsync(location.Key, location.Bytes, cancellationToken);
        var isPrepared = false;
        try
        {
            if (file is not null)
                await file.PrepareAsync(cancellationToken);
            isPrepared = true;
            return file;
        }
        finally
        {
            if (!isPrepared)
                (file as IDisposable)?.Dispose();
        }
    }

    /// <summary>A reader has taken what lies in the chunk before <paramref name="nextOffset"/>.</summary>
    public void Taken(ChunkLocation location, long nextOffset) =>
        cache.Taken(location.Key, nextOffset, isPassed: nextOffset >= location.EndOffset);

    /// <summary>The chunk's file is gone or was cut short: what was verified of it does not hold any more.</summary>
    public void Forget(ChunkLocation location) => cache.Forget(location.Key);

    /// <summary>Whether the chunk is in memory.</summary>
    public bool IsLoaded(ChunkLocation location) => cache.IsLoaded(location.Key);

    /// <summary>What cannot be read of a slice whose object's directory cannot: all of it.</summary>
    public static FailedBlock DirectoryOf(int shard, Slice slice) =>
        new(new BlockKey(shard, slice.Object, BlockKey.Directory), slice.BaseOffset, slice.EndOffset);

    private static ChunkOutcome WholeSlice(int shard, Slice slice)
    {
        if (slice.Bytes > Array.MaxLength - ObjectRanges.SlackBytes)
            return new(default, new StoreException(StoreErrorKind.Corrupt, $"a flushed slice cannot have {slice.Bytes} bytes"));
        if (slice.Object.Kind == ObjectKind.Slot && slice.Records is null)
            return new(default, new StoreException(StoreErrorKind.NotFound, "the records do not lie in a slot of the journal any more"));
        return new(
            new ChunkLocation(
                new BlockKey(shard, slice.Object, slice.Position), (int)slice.Bytes, slice.BaseOffset, slice.EndOffset, slice.LeaderEpoch,
                slice.Records),
            null);
    }

    private async ValueTask<ChunkOutcome> LoadAndLocateAsync(
        BlockKey key, int shard, Slice slice, long offset, long timestamp, CancellationToken cancellationToken)
    {
        var outcome = await cache.GetAsync(new ChunkTableRequest(key), 0, cancellationToken);
        return outcome.Block is { } table ? LocateIn(table, shard, slice, offset, timestamp) : new ChunkOutcome(default, outcome.Failure);
    }

    private static ChunkOutcome LocateIn(Block table, int shard, Slice slice, long offset, long timestamp)
    {
        var isKnown = ((ChunkTable)table).TryFind(shard, slice, offset, timestamp, out var location);
        table.Release();
        return isKnown
            ? new(location, null)
            : new(default, new StoreException(
                StoreErrorKind.Corrupt, $"the directory of '{slice.Object.NameIn(shard)}' does not know the slice {slice}"));
    }
}

using CloudStream.Log.Cache;
using CloudStream.Storage.Segments;

namespace CloudStream.Log.Chunks;

/// <summary>Loads the chunk table of a merged object from its directory.</summary>
internal sealed class ChunkTableRequest(BlockKey key) : BlockRequest(key, EstimatedBytes)
{
    private const int EstimatedBytes = 64 * 1024;

    /// <inheritdoc/>
    public override async ValueTask<Block> LoadAsync(ObjectReads reads, CancellationToken cancellationToken) =>
        new ChunkTable(
            await reads.RunAsync((store, c) => SegmentDirectoryReader.ReadMergeAsync(store, Key.ObjectName, c), cancellationToken));
}

using CloudStream.Log.Cache;
using CloudStream.Log.Memory;
using CloudStream.Storage;
using CloudStream.Storage.Objects;

namespace CloudStream.Log.Chunks;

/// <summary>Loads a chunk: one range read, verified, patched if it was flushed.</summary>
internal sealed class ChunkRequest(ChunkLocation location) : BlockRequest(location.Key, location.Bytes)
{
    /// <inheritdoc/>
    public override bool IsScanned => true;

    /// <inheritdoc/>
    public override async ValueTask<Block> LoadAsync(ObjectReads reads, CancellationToken cancellationToken)
    {
        // A failed read may still be writing into the buffer, so only a good one goes back to the pool.
        var buffer = BufferPool.Shared.Rent(
            location.Bytes >= BufferPool.LargeBytes ? location.Bytes + ObjectRanges.SlackBytes : location.Bytes);
        var bytes = await reads.ReadExactlyAsync(Key.ObjectName, Key.Position, location.Bytes, buffer.Memory, cancellationToken);
        if (ChunkVerifier.Complain(bytes.Span, location, out var batches) is { } complaint)
        {
            BufferPool.Shared.Return(buffer);
            throw new StoreException(StoreErrorKind.Corrupt,
                $"the object '{Key.ObjectName}' is corrupt in the {location.Bytes} bytes at {Key.Position}: {complaint}");
        }

        if (!location.IsMerged)
            ChunkVerifier.Patch(bytes.Span, location);
        return new Chunk(buffer, bytes, batches, location);
    }
}

using CloudStream.Engine.Runtime;
using CloudStream.Storage;

namespace CloudStream.Engine.Fetch;

/// <summary>Loads a chunk: one range read, verified, patched if it was flushed.</summary>
internal sealed class ChunkRequest(ChunkLocation location) : BlockRequest(location.Key, location.Bytes)
{
    /// <inheritdoc/>
    public override bool IsScanned => true;

    /// <inheritdoc/>
    public override async ValueTask<Block> LoadAsync(ObjectReads reads, CancellationToken cancellationToken)
    {
        // A failed read may still be writing into the array, so only a good one goes back to the pool.
        var bytes = BufferPool.Shared.Rent(location.Bytes);
        await reads.ReadExactlyAsync(Key.ObjectName, Key.Position, bytes.AsMemory(0, location.Bytes), cancellationToken);
        if (ChunkVerifier.Complain(bytes.AsSpan(0, location.Bytes), location, out var batches) is { } complaint)
        {
            BufferPool.Shared.Return(bytes);
            throw new StoreException(StoreErrorKind.Corrupt, $"the object '{Key.ObjectName}' is corrupt in the {location.Bytes} bytes at {Key.Position}: {complaint}");
        }

        if (!location.IsMerged)
            ChunkVerifier.Patch(bytes.AsSpan(0, location.Bytes), location);
        return new Chunk(bytes, batches, location);
    }
}

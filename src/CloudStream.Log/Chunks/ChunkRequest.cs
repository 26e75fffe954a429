using CloudStream.Log.Cache;
using CloudStream.Log.Flushes;
using CloudStream.Log.Memory;
using CloudStream.Storage;
using CloudStream.Storage.Objects;

namespace CloudStream.Log.Chunks;

/// <summary>
/// Loads a chunk: one range read, verified, patched if it was flushed. For who can send from files it is read through its file, if it has
/// one, and stays there.
/// </summary>
/// <param name="location">Where it lies.</param>
/// <param name="written">What this process wrote and so need not verify again.</param>
internal sealed class ChunkRequest(ChunkLocation location, TailMemory written) : BlockRequest(location.Key, location.Bytes)
{
    /// <inheritdoc/>
    public override bool IsScanned => true;

    /// <inheritdoc/>
    public override async ValueTask<Block> LoadAsync(ObjectReads reads, CancellationToken cancellationToken) =>
        Key.MayStayInFile && await TryLeaveAsync(reads, cancellationToken) is { } stored
            ? stored
            : await ReadAsync(reads, cancellationToken);

    private async ValueTask<FileChunk?> TryLeaveAsync(ObjectReads reads, CancellationToken cancellationToken)
    {
        using var scan = new ChunkScan(location);
        if (written.FindLayout(Key.Object) is { } layout && scan.TryTake(layout))
        {
            return await reads.TryPrepareFileAsync(Key.ObjectName, Key.Position, location.Bytes, cancellationToken)
                ? new FileChunk(scan, location)
                : null;
        }

        if (!await reads.TryScanFileAsync(Key.ObjectName, Key.Position, location.Bytes, scan, scan.Restart, cancellationToken)
            || scan.IsForMemory)
            return null;
        FailIfDamaged(scan);
        return new FileChunk(scan, location);
    }

    private async ValueTask<MemoryChunk> ReadAsync(ObjectReads reads, CancellationToken cancellationToken)
    {
        // A failed read may still be writing into the buffer, so only a good one goes back to the pool.
        var buffer = BufferPool.Shared.Rent(
            location.Bytes >= BufferPool.LargeBytes ? location.Bytes + ObjectRanges.SlackBytes : location.Bytes);
        var bytes = await reads.ReadExactlyAsync(Key.ObjectName, Key.Position, location.Bytes, buffer.Memory, cancellationToken);
        using var scan = new ChunkScan(location);
        scan.Add(bytes.Span);
        try
        {
            FailIfDamaged(scan);
        }
        catch (StoreException)
        {
            BufferPool.Shared.Return(buffer);
            throw;
        }

        if (!location.IsMerged)
            scan.Patch(bytes.Span);
        return new MemoryChunk(buffer, bytes, scan, location);
    }

    private void FailIfDamaged(ChunkScan scan)
    {
        if (scan.End() is { } complaint)
            throw new StoreException(StoreErrorKind.Corrupt,
                $"the object '{Key.ObjectName}' is corrupt in the {location.Bytes} bytes at {Key.Position}: {complaint}");
    }
}

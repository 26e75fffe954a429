using CloudStream.Log.Cache;
using CloudStream.Log.Flushes;
using CloudStream.Log.Memory;
using CloudStream.Storage;
using CloudStream.Storage.Objects;
using CloudStream.Storage.Segments;

namespace CloudStream.Log.Chunks;

/// <summary>
/// Loads a chunk: one range read, or a copy of what a slot of the journal holds; verified, patched if it was flushed. For who can send from
/// files it is read through its file, if it has one, and stays there.
/// </summary>
/// <param name="location">Where it lies.</param>
/// <param name="written">What this process wrote and so need not verify again.</param>
internal sealed class ChunkRequest(ChunkLocation location, TailMemory written) : BlockRequest(location.Key, location.Bytes)
{
    /// <inheritdoc/>
    public override bool IsScanned => true;

    /// <inheritdoc/>
    public override bool ReadsStore => location.Records is null;

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
        var bytes = await ReadAsync(location, reads, buffer.Memory, cancellationToken);
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

    /// <summary>Reads a chunk's bytes as they are stored to somewhere in <paramref name="room"/>.</summary>
    /// <exception cref="StoreException">NotFound, Corrupt, or as the store fails.</exception>
    public static async ValueTask<Memory<byte>> ReadAsync(
        ChunkLocation location, ObjectReads reads, Memory<byte> room, CancellationToken cancellationToken)
    {
        var key = location.Key;
        if (location.Records is not { } records)
            return await reads.ReadExactlyAsync(key.ObjectName, key.Position, location.Bytes, room, cancellationToken);
        var start = key.Position - SegmentLayout.HeaderBytes;
        if (start < 0 || start + location.Bytes > records.Bytes.Length)
            throw new StoreException(StoreErrorKind.Corrupt,
                $"'{key.ObjectName}' has {records.Bytes.Length} bytes of records, and no {location.Bytes} at {start}");
        records.Bytes.Slice((int)start, location.Bytes).CopyTo(room);
        return room[..location.Bytes];
    }

    private void FailIfDamaged(ChunkScan scan)
    {
        if (scan.End() is { } complaint)
            throw new StoreException(StoreErrorKind.Corrupt,
                $"the object '{Key.ObjectName}' is corrupt in the {location.Bytes} bytes at {Key.Position}: {complaint}");
    }
}

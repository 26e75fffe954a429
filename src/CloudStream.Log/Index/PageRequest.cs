using CloudStream.Log.Cache;
using CloudStream.Log.Entries;
using CloudStream.Log.State;
using CloudStream.Storage;

namespace CloudStream.Log.Index;

/// <summary>Loads an index page and checks that it is the one that its reference describes.</summary>
internal sealed class PageRequest(BlockKey key, int slot, PageRef reference) : BlockRequest(key, FirstReadBytes)
{
    private const int FirstReadBytes = 64 * 1024;

    /// <inheritdoc/>
    public override async ValueTask<Block> LoadAsync(ObjectReads reads, CancellationToken cancellationToken)
    {
        var page = PageCodec.Decode((await ReadWholeAsync(reads, cancellationToken)).Span);
        var found = page.ToRef(Key.Object);
        if (page.Shard != Key.Shard || page.Slot != slot
            || (found.Level, found.BaseOffset, found.EndOffset) != (reference.Level, reference.BaseOffset, reference.EndOffset))
            throw new StoreException(StoreErrorKind.Corrupt,
                $"the index page '{Key.ObjectName}' is not the one of slot {slot} that its reference describes: {reference}");
        return new PageBlock(page);
    }

    // Pages are small: nearly always one read is enough, and the object's size is asked for only when it was not.
    private async ValueTask<ReadOnlyMemory<byte>> ReadWholeAsync(ObjectReads reads, CancellationToken cancellationToken)
    {
        var bytes = new byte[FirstReadBytes];
        var count = await reads.RunAsync((store, c) => store.GetRangeAsync(Key.ObjectName, 0, bytes, c), cancellationToken);
        reads.Metrics.BytesRead(count);
        if (count < bytes.Length)
            return bytes.AsMemory(0, count);
        var size = await reads.RunAsync((store, c) => store.GetSizeAsync(Key.ObjectName, c), cancellationToken);
        if (size > Array.MaxLength)
            throw new StoreException(StoreErrorKind.Corrupt, $"the index page '{Key.ObjectName}' has {size} bytes");
        var whole = new byte[size];
        bytes.AsSpan(0, (int)Math.Min(size, count)).CopyTo(whole);
        if (size > count)
            await reads.ReadExactlyAsync(Key.ObjectName, count, whole.AsMemory(count), cancellationToken);
        return whole;
    }
}

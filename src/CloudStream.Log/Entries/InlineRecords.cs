using System.Collections.Immutable;
using CloudStream.Storage.Segments;

namespace CloudStream.Log.Entries;

/// <summary>
/// The records of one flush as a slot of the journal holds them: batches as the producers sent them, one append after the other, without
/// committed offsets and epochs. Immutable.
/// </summary>
/// <param name="items">The appends in the order of their bytes, by slot.</param>
/// <param name="bytes">Their bytes.</param>
public sealed class InlineRecords(ImmutableArray<SegmentItem> items, ReadOnlyMemory<byte> bytes)
{
    /// <summary>The appends in the order of their bytes.</summary>
    public ImmutableArray<SegmentItem> Items => items;

    /// <summary>The bytes.</summary>
    public ReadOnlyMemory<byte> Bytes => bytes;
}

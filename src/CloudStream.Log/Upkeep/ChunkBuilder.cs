using System.Collections.Immutable;
using CloudStream.Storage.Segments;

namespace CloudStream.Log.Upkeep;

/// <summary>Cuts a merged slice into chunks at batch boundaries.</summary>
internal sealed class ChunkBuilder
{
    private readonly ImmutableArray<SliceChunk>.Builder _chunks = ImmutableArray.CreateBuilder<SliceChunk>();
    private SliceChunk _open;

    /// <summary>Adds a batch.</summary>
    public void Add(int bytes, long endOffset, long maxTimestamp)
    {
        if (_open.Bytes > 0 && _open.Bytes + bytes > SegmentLayout.ChunkBytes)
            Close();
        _open = _open.Bytes == 0
            ? new SliceChunk(bytes, endOffset, maxTimestamp)
            : new SliceChunk(_open.Bytes + bytes, endOffset, Math.Max(_open.MaxTimestamp, maxTimestamp));
    }

    /// <summary>
    /// The chunks so far; the last one ends at <paramref name="endOffset"/>, for offsets after the last batch may be compacted away.
    /// </summary>
    public ImmutableArray<SliceChunk> Finish(long endOffset)
    {
        _open = _open with { EndOffset = endOffset };
        Close();
        return _chunks.DrainToImmutable();
    }

    private void Close()
    {
        _chunks.Add(_open);
        _open = default;
    }
}

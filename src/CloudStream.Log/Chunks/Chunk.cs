using System.Buffers;
using CloudStream.Log.Cache;

namespace CloudStream.Log.Chunks;

/// <summary>
/// A run of whole, verified record batches with committed offsets: where each begins, and which offset it begins with. Where the bytes are
/// is for those who derive from it to say. Immutable; whoever holds a reference may read.
/// </summary>
internal abstract class Chunk : Block
{
    // The chunk, its place in the cache and its arrays' headers: what makes small chunks dear.
    private const int ObjectBytes = 512;

    private readonly int _length;
    private readonly int _batches;
    private int[] _starts;
    private long[] _offsets;

    /// <param name="scan">What was found of them, all good.</param>
    /// <param name="location">What they are.</param>
    /// <param name="heldBytes">What the bytes themselves cost in memory.</param>
    protected Chunk(ChunkScan scan, ChunkLocation location, long heldBytes)
        : base(heldBytes + (scan.Batches * (long)(sizeof(int) + sizeof(long))) + ObjectBytes)
    {
        (_length, _batches, EndOffset) = (location.Bytes, scan.Batches, location.EndOffset);
        (_starts, _offsets) = scan.Release();
    }

    /// <summary>One past the last offset in it.</summary>
    public long EndOffset { get; }

    /// <summary>
    /// The batches from the one that contains <paramref name="offset"/> on, up to <paramref name="maxBytes"/> and, if need be, at least
    /// one.
    /// </summary>
    /// <param name="offset">An offset of this chunk.</param>
    /// <param name="maxBytes">Most bytes to take.</param>
    /// <param name="atLeastOne">Whether a first batch that is larger is taken all the same.</param>
    /// <param name="nextOffset">The offset after what was taken.</param>
    /// <returns>The first batch, and the one behind the last.</returns>
    public (int First, int End) Take(long offset, long maxBytes, bool atLeastOne, out long nextOffset)
    {
        var first = LastBatch(static (chunk, batch, offset) => chunk._offsets[batch] <= offset, offset);
        var start = _starts[first];
        var end = _batches;
        if (_length - start > maxBytes)
        {
            end = LastBatch(static (chunk, batch, limit) => chunk._starts[batch] <= limit, start + Math.Max(maxBytes, 0));
            if (end == first && atLeastOne)
                end++;
        }

        nextOffset = end == _batches ? EndOffset : _offsets[end];
        return (first, end);
    }

    /// <summary>The offset that a batch begins with.</summary>
    protected long OffsetOf(int batch) => _offsets[batch];

    /// <summary>Where a batch begins; the one behind the last, where the chunk ends.</summary>
    protected int StartOf(int batch) => batch == _batches ? _length : _starts[batch];

    /// <inheritdoc/>
    protected override void Free()
    {
        ArrayPool<int>.Shared.Return(_starts);
        ArrayPool<long>.Shared.Return(_offsets);
        (_starts, _offsets) = ([], []);
    }

    // The last batch for which the condition holds; it holds for the first one, and from some batch on no more.
    private int LastBatch(Func<Chunk, int, long, bool> holds, long argument)
    {
        int low = 0, high = _batches - 1;
        while (low < high)
        {
            var middle = (low + high + 1) >>> 1;
            if (holds(this, middle, argument))
                low = middle;
            else
                high = middle - 1;
        }

        return low;
    }
}

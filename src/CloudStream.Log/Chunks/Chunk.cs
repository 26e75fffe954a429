using System.Buffers;
using CloudStream.Log.Cache;
using CloudStream.Log.Memory;
using CloudStream.Records;

namespace CloudStream.Log.Chunks;

/// <summary>
/// A run of whole, verified record batches with committed offsets, in pooled memory, and where each batch begins. Immutable; whoever holds
/// a reference may read.
/// </summary>
internal sealed class Chunk : Block
{
    // The chunk, its place in the cache and its arrays' headers: what makes small chunks dear.
    private const int ObjectBytes = 512;

    private readonly int _batches;
    private readonly NativeBuffer _buffer;
    private ReadOnlyMemory<byte> _bytes;
    private int[] _starts;

    /// <summary>Takes over a pooled buffer of verified and patched batches.</summary>
    /// <param name="buffer">The buffer.</param>
    /// <param name="bytes">The batches, somewhere in it.</param>
    /// <param name="batches">How many there are.</param>
    /// <param name="location">What they are.</param>
    public Chunk(NativeBuffer buffer, ReadOnlyMemory<byte> bytes, int batches, ChunkLocation location)
        : this(buffer, bytes, ArrayPool<int>.Shared.Rent(batches), batches, location)
    {
    }

    private Chunk(NativeBuffer buffer, ReadOnlyMemory<byte> bytes, int[] starts, int batches, ChunkLocation location)
        : base(buffer.Length + ((long)starts.Length * sizeof(int)) + ObjectBytes)
    {
        (_buffer, _bytes, _starts, _batches) = (buffer, bytes, starts, batches);
        EndOffset = location.EndOffset;
        var walk = new RecordBatchEnumerator(bytes.Span);
        for (var i = 0; i < batches && walk.MoveNext(); i++)
            starts[i] = walk.CurrentStart;
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
    public ReadOnlyMemory<byte> Take(long offset, long maxBytes, bool atLeastOne, out long nextOffset)
    {
        var first = LastBatch(static (chunk, batch, offset) => chunk.OffsetOf(batch) <= offset, offset);
        var start = _starts[first];
        if (_bytes.Length - start <= maxBytes)
        {
            nextOffset = EndOffset;
            return _bytes.Slice(start, _bytes.Length - start);
        }

        var end = LastBatch(static (chunk, batch, limit) => chunk._starts[batch] <= limit, start + Math.Max(maxBytes, 0));
        if (end == first && atLeastOne)
            end++;
        nextOffset = end == _batches ? EndOffset : OffsetOf(end);
        return _bytes.Slice(start, (end == _batches ? _bytes.Length : _starts[end]) - start);
    }

    /// <inheritdoc/>
    protected override void Free()
    {
        var starts = _starts;
        (_bytes, _starts) = (default, []);
        BufferPool.Shared.Return(_buffer);
        ArrayPool<int>.Shared.Return(starts);
    }

    private long OffsetOf(int batch) => new RecordBatchHeader(_bytes.Span[_starts[batch]..]).BaseOffset;

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

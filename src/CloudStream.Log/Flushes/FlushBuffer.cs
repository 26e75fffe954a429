using CloudStream.Log.Memory;
using CloudStream.Storage.Objects;

namespace CloudStream.Log.Flushes;

/// <summary>
/// The bytes of one flush: pooled buffers, ref-counted. The flush holds the first reference, tail memory and readers take others; the last
/// release gives them back. Bytes change only once, when the commit patches offsets, before any reader can see them.
/// </summary>
internal sealed class FlushBuffer : IReference
{
    private readonly NativeBuffer[] _rented;
    private readonly Memory<byte>[] _pieces;
    private readonly long[] _starts;
    private int _references = 1;

    /// <param name="rented">Buffers to give back at the end.</param>
    /// <param name="pieces">The data in object order, each piece holding whole batches.</param>
    /// <param name="start">Position of the first piece in the object.</param>
    public FlushBuffer(NativeBuffer[] rented, Memory<byte>[] pieces, long start)
    {
        _rented = rented;
        _pieces = pieces;
        _starts = new long[pieces.Length];
        Start = start;
        for (var i = 0; i < pieces.Length; i++)
        {
            _starts[i] = start;
            start += pieces[i].Length;
            Bytes += pieces[i].Length;
        }
    }

    /// <summary>
    /// The object that holds these bytes; set before the flush is uploaded, and again if it must be uploaded under a new name.
    /// </summary>
    public ObjectRef Object { get; set; }

    /// <summary>Where the data begins in the object.</summary>
    public long Start { get; }

    /// <summary>Length of the data.</summary>
    public long Bytes { get; }

    /// <summary>The pieces in object order.</summary>
    public IReadOnlyList<Memory<byte>> Pieces => _pieces;

    /// <summary>Takes a reference unless the last one is gone.</summary>
    public bool TryAddReference()
    {
        var seen = Volatile.Read(ref _references);
        while (seen > 0)
        {
            var now = Interlocked.CompareExchange(ref _references, seen + 1, seen);
            if (now == seen)
                return true;
            seen = now;
        }

        return false;
    }

    /// <summary>Gives a reference back.</summary>
    public void Release()
    {
        if (Interlocked.Decrement(ref _references) != 0)
            return;
        foreach (var buffer in _rented)
            BufferPool.Shared.Return(buffer);
    }

    /// <summary>A copy of the data as it is now.</summary>
    public byte[] ToArray()
    {
        var bytes = new byte[Bytes];
        for (var i = 0; i < _pieces.Length; i++)
            _pieces[i].CopyTo(bytes.AsMemory((int)(_starts[i] - Start)));
        return bytes;
    }

    /// <summary>
    /// Bytes [position, position + length) of the object, which begin and end at batch boundaries, as pieces that hold whole batches.
    /// </summary>
    public void CollectPieces(long position, long length, List<ReadOnlyMemory<byte>> into)
    {
        for (var i = FindPiece(position); length > 0; i++)
        {
            var piece = PieceFrom(i, position, length);
            into.Add(piece);
            position += piece.Length;
            length -= piece.Length;
        }
    }

    /// <summary>
    /// The contiguous bytes of piece <paramref name="index"/> from <paramref name="position"/> on, at most <paramref name="length"/>.
    /// </summary>
    public Memory<byte> PieceFrom(int index, long position, long length)
    {
        var skip = (int)(position - _starts[index]);
        return _pieces[index].Slice(skip, (int)Math.Min(length, _pieces[index].Length - skip));
    }

    /// <summary>Index of the piece that contains <paramref name="position"/>.</summary>
    public int FindPiece(long position)
    {
        var found = Array.BinarySearch(_starts, position);
        return found >= 0 ? found : ~found - 1;
    }
}

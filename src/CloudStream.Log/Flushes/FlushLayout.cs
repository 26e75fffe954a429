using CloudStream.Records;

namespace CloudStream.Log.Flushes;

/// <summary>
/// Where the batches of a flush lie in its object, and which offsets they begin with: what is known of a flush that this process wrote
/// when its bytes are gone from memory. Immutable.
/// </summary>
internal sealed class FlushLayout
{
    /// <summary>Flushes whose batches have fewer bytes on average are not worth it: their readers want them in memory.</summary>
    public const int LeastBatchBytes = 64 * 1024;

    private readonly long[] _positions;
    private readonly long[] _offsets;

    private FlushLayout(long[] positions, long[] offsets) => (_positions, _offsets) = (positions, offsets);

    /// <summary>How many batches it knows.</summary>
    public int Batches => _offsets.Length;

    /// <summary>The layout of a flush that is committed and patched; null when it is not worth it.</summary>
    public static FlushLayout? Of(FlushBuffer buffer)
    {
        var most = (int)(buffer.Bytes / LeastBatchBytes);
        if (most == 0)
            return null;
        var (positions, offsets) = (new long[most + 1], new long[most]);
        var (batches, position) = (0, buffer.Start);
        foreach (var piece in buffer.Pieces)
        {
            var walk = new RecordBatchEnumerator(piece.Span);
            while (walk.MoveNext())
            {
                if (batches == most)
                    return null;
                (positions[batches], offsets[batches]) = (position, walk.Current.BaseOffset);
                position += walk.Current.TotalBytes;
                batches++;
            }
        }

        if (position != buffer.Start + buffer.Bytes)
            return null;
        Array.Resize(ref offsets, batches);
        Array.Resize(ref positions, batches + 1);
        positions[batches] = position;
        return new FlushLayout(positions, offsets);
    }

    /// <summary>The batches that fill a run of the object exactly: the first one and how many; none when there are no such.</summary>
    public (int First, int Count) Find(long position, long length)
    {
        var first = Array.BinarySearch(_positions, position);
        var end = Array.BinarySearch(_positions, position + length);
        return first >= 0 && end > first ? (first, end - first) : default;
    }

    /// <summary>Where a batch begins in the object; the one behind the last, where the data ends.</summary>
    public long PositionOf(int batch) => _positions[batch];

    /// <summary>The committed offset that a batch begins with; of one that was not accepted, anything.</summary>
    public long OffsetOf(int batch) => _offsets[batch];
}

using System.Buffers;
using System.Buffers.Binary;

namespace CloudStream.Kafka.Connections;

/// <summary>Cuts a connection's bytes into requests: four bytes of size, then as many bytes. No I/O.</summary>
internal static class RequestFraming
{
    /// <summary>Bytes of the size.</summary>
    public const int SizeBytes = 4;

    /// <summary>
    /// Takes the next request off <paramref name="buffer"/> if it is whole. The size is judged before anything is waited for: false with a
    /// <paramref name="needed"/> of -1 means that no request of that size is taken.
    /// </summary>
    /// <param name="buffer">What has been received; advanced over what is taken.</param>
    /// <param name="maxBytes">Largest size.</param>
    /// <param name="frame">The request, without its size.</param>
    /// <param name="size">The size that was read; 0 when not even that is there.</param>
    /// <param name="needed">Bytes that <paramref name="buffer"/> must have before it is worth asking again.</param>
    public static bool TryTake(ref ReadOnlySequence<byte> buffer, int maxBytes, out ReadOnlySequence<byte> frame, out int size,
        out int needed)
    {
        (frame, size, needed) = (default, 0, SizeBytes);
        if (buffer.Length < SizeBytes)
            return false;
        size = ReadSize(buffer);
        if (size < 0 || size > maxBytes)
        {
            needed = -1;
            return false;
        }

        needed = SizeBytes + size;
        if (buffer.Length < needed)
            return false;
        frame = buffer.Slice(SizeBytes, size);
        buffer = buffer.Slice(needed);
        return true;
    }

    private static int ReadSize(in ReadOnlySequence<byte> buffer)
    {
        if (buffer.FirstSpan.Length >= SizeBytes)
            return BinaryPrimitives.ReadInt32BigEndian(buffer.FirstSpan);
        Span<byte> size = stackalloc byte[SizeBytes];
        buffer.Slice(0, SizeBytes).CopyTo(size);
        return BinaryPrimitives.ReadInt32BigEndian(size);
    }
}

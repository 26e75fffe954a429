using System.Buffers;

namespace CloudStream.Records.Compression;

/// <summary>The receiving end of a decompression: hands out room piece by piece and refuses more than the limit in total.</summary>
internal ref struct BoundedOutput(IBufferWriter<byte> destination, int maxBytes)
{
    private const int PieceBytes = 16 * 1024;

    private readonly IBufferWriter<byte> _destination = destination;
    private readonly long _maxBytes = maxBytes;
    private long _total;

    /// <summary>
    /// Room for some bytes, never empty: one byte past the limit is offered, and taking it is the error. More is offered for bytes that the
    /// caller will not take.
    /// </summary>
    public readonly Span<byte> Room(int notTaken = 0)
    {
        var allowed = _maxBytes - _total + 1 + notTaken;
        var room = _destination.GetSpan((int)Math.Min(allowed, PieceBytes));
        return room.Length > allowed ? room[..(int)allowed] : room;
    }

    /// <summary>Says how much of the last room was filled.</summary>
    /// <exception cref="CompressedDataException">The total is past the limit.</exception>
    public void Filled(int bytes)
    {
        _total += bytes;
        if (_total > _maxBytes)
            throw TooLarge(_maxBytes);
        _destination.Advance(bytes);
    }

    public static CompressedDataException TooLarge(long maxBytes) =>
        new($"The data decompresses to more than the limit of {maxBytes} bytes.") { IsTooLarge = true };
}

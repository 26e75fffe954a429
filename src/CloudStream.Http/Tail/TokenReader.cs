using System.Buffers.Binary;

namespace CloudStream.Http.Tail;

/// <summary>Reads the bytes of a token; what does not fit is a <see cref="FormatException"/>.</summary>
internal ref struct TokenReader(ReadOnlySpan<byte> bytes)
{
    private ReadOnlySpan<byte> _left = bytes;

    public byte Byte() => Take(1)[0];

    public byte[] Bytes(int count) => Take(count).ToArray();

    public Guid Guid() => new(Take(16), bigEndian: true);

    public uint UInt32() => BinaryPrimitives.ReadUInt32BigEndian(Take(4));

    /// <summary>A number in groups of seven bits, the lowest first.</summary>
    public long Number(long max)
    {
        var value = 0L;
        for (var shift = 0; shift < 63; shift += 7)
        {
            var part = Byte();
            value |= (long)(part & 0x7F) << shift;
            if (part < 0x80)
                return value <= max ? value : throw new FormatException();
        }

        throw new FormatException();
    }

    public readonly void End()
    {
        if (!_left.IsEmpty)
            throw new FormatException();
    }

    private ReadOnlySpan<byte> Take(int count)
    {
        if (count > _left.Length)
            throw new FormatException();
        var taken = _left[..count];
        _left = _left[count..];
        return taken;
    }
}

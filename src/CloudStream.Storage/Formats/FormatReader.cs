using System.Buffers.Binary;
using System.Text;

namespace CloudStream.Storage.Formats;

/// <summary>
/// Reads what <see cref="FormatWriter"/> wrote. Every length is checked against the bytes that remain before anything is allocated;
/// anything else is <see cref="StoreErrorKind.Corrupt"/>.
/// </summary>
public ref struct FormatReader
{
    private readonly ReadOnlySpan<byte> _data;
    private readonly string _what;
    private int _position;

    /// <summary>Reads <paramref name="data"/>; <paramref name="what"/> names it in errors.</summary>
    public FormatReader(ReadOnlySpan<byte> data, string what)
    {
        _data = data;
        _what = what;
        _position = 0;
    }

    /// <summary>Bytes not read yet.</summary>
    public readonly int Remaining => _data.Length - _position;

    /// <summary>One byte.</summary>
    public byte Byte() => Take(1)[0];

    /// <summary>A fixed 4-byte integer.</summary>
    public uint UInt32() => BinaryPrimitives.ReadUInt32LittleEndian(Take(4));

    /// <summary>A fixed 8-byte integer.</summary>
    public ulong UInt64() => BinaryPrimitives.ReadUInt64LittleEndian(Take(8));

    /// <summary>An unsigned varint of at most 64 bits.</summary>
    public ulong Varint()
    {
        ulong value = 0;
        for (var shift = 0; shift < 64; shift += 7)
        {
            var b = Byte();
            if (shift == 63 && b > 1)
                break;
            value |= (ulong)(b & 0x7f) << shift;
            if (b < 0x80)
                return value;
        }

        throw Corrupt("a varint is longer than 64 bits");
    }

    /// <summary>A varint that fits a non-negative 64-bit integer.</summary>
    public long Count()
    {
        var value = Varint();
        return value <= long.MaxValue ? (long)value : throw Corrupt("a count is larger than 2^63-1");
    }

    /// <summary>A varint that fits a non-negative 32-bit integer.</summary>
    public int Count32()
    {
        var value = Varint();
        return value <= int.MaxValue ? (int)value : throw Corrupt("a count is larger than 2^31-1");
    }

    /// <summary>A zig-zag varint.</summary>
    public long Signed()
    {
        var value = Varint();
        return (long)(value >> 1) ^ -(long)(value & 1);
    }

    /// <summary>How many elements follow, each of at least <paramref name="minBytesEach"/> bytes; checked against what remains.</summary>
    public int ElementCount(int minBytesEach)
    {
        var value = Varint();
        return value <= (ulong)(Remaining / minBytesEach) ? (int)value : throw Corrupt($"{value} elements cannot fit in {Remaining} bytes");
    }

    /// <summary>A 16-byte identifier.</summary>
    public Guid Guid() => new(Take(16), bigEndian: true);

    /// <summary>A length-prefixed UTF-8 string.</summary>
    public string String() => Encoding.UTF8.GetString(Take(ElementCount(1)));

    /// <summary>A length, then that many bytes (a view, not a copy).</summary>
    public ReadOnlySpan<byte> Bytes() => Take(ElementCount(1));

    /// <summary>The next <paramref name="count"/> bytes (a view, not a copy).</summary>
    public ReadOnlySpan<byte> Take(int count)
    {
        if (count < 0 || count > Remaining)
            throw Corrupt($"{count} bytes wanted at {_position}, {Remaining} left");
        var taken = _data.Slice(_position, count);
        _position += count;
        return taken;
    }

    /// <summary>Fails unless everything has been read.</summary>
    public readonly void End()
    {
        if (Remaining != 0)
            throw Corrupt($"{Remaining} bytes too many at {_position}");
    }

    /// <summary>The failure to throw for bytes that make no sense.</summary>
    public readonly StoreException Corrupt(string why) => new(StoreErrorKind.Corrupt, $"{_what}: {why}");
}

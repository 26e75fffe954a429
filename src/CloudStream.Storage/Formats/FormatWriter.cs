using System.Buffers;
using System.Buffers.Binary;
using System.Text;

namespace CloudStream.Storage.Formats;

/// <summary>
/// Writes our on-disk formats: little-endian fixed integers, LEB128 varints (zig-zag where negative values occur), length-prefixed UTF-8.
/// </summary>
public sealed class FormatWriter
{
    private readonly ArrayBufferWriter<byte> _buffer;

    /// <summary>Creates an empty writer.</summary>
    public FormatWriter(int initialCapacity = 256) => _buffer = new ArrayBufferWriter<byte>(initialCapacity);

    /// <summary>What has been written; valid until the next write.</summary>
    public ReadOnlyMemory<byte> Written => _buffer.WrittenMemory;

    /// <summary>Bytes written.</summary>
    public int Length => _buffer.WrittenCount;

    /// <summary>Forgets what was written and keeps the memory for what is written next.</summary>
    public void Clear() => _buffer.ResetWrittenCount();

    /// <summary>One byte.</summary>
    public void Byte(byte value)
    {
        _buffer.GetSpan(1)[0] = value;
        _buffer.Advance(1);
    }

    /// <summary>A fixed 4-byte integer.</summary>
    public void UInt32(uint value)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(_buffer.GetSpan(4), value);
        _buffer.Advance(4);
    }

    /// <summary>A fixed 8-byte integer.</summary>
    public void UInt64(ulong value)
    {
        BinaryPrimitives.WriteUInt64LittleEndian(_buffer.GetSpan(8), value);
        _buffer.Advance(8);
    }

    /// <summary>An unsigned varint.</summary>
    public void Varint(ulong value)
    {
        var span = _buffer.GetSpan(10);
        var i = 0;
        while (value >= 0x80)
        {
            span[i++] = (byte)(value | 0x80);
            value >>= 7;
        }

        span[i++] = (byte)value;
        _buffer.Advance(i);
    }

    /// <summary>A varint of a value that is never negative.</summary>
    public void Count(long value)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(value);
        Varint((ulong)value);
    }

    /// <summary>A zig-zag varint, for values that may be negative.</summary>
    public void Signed(long value) => Varint((ulong)((value << 1) ^ (value >> 63)));

    /// <summary>A 16-byte identifier.</summary>
    public void Guid(Guid value)
    {
        value.TryWriteBytes(_buffer.GetSpan(16), bigEndian: true, out _);
        _buffer.Advance(16);
    }

    /// <summary>A length-prefixed UTF-8 string.</summary>
    public void String(string value)
    {
        var length = Encoding.UTF8.GetByteCount(value);
        Count(length);
        Encoding.UTF8.GetBytes(value, _buffer.GetSpan(length));
        _buffer.Advance(length);
    }

    /// <summary>Bytes as they are, without a length.</summary>
    public void Raw(ReadOnlySpan<byte> value) => _buffer.Write(value);

    /// <summary>A length, then the bytes.</summary>
    public void Bytes(ReadOnlySpan<byte> value)
    {
        Count(value.Length);
        Raw(value);
    }
}

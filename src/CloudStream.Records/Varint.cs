using System.Runtime.CompilerServices;

namespace CloudStream.Records;

/// <summary>
/// Kafka's variable-length integers: seven bits a byte, low bits first, the high bit says that more follow; signed values are zig-zag
/// encoded (0, -1, 1, -2 … become 0, 1, 2, 3 …). Reads are bounds-checked and return false for bytes that are no such integer.
/// </summary>
public static class Varint
{
    /// <summary>The most bytes that a 32-bit value takes.</summary>
    public const int MaxBytes32 = 5;

    /// <summary>The most bytes that a 64-bit value takes.</summary>
    public const int MaxBytes64 = 10;

    /// <summary>Reads a zig-zag int32 at <paramref name="position"/> and moves past it; on failure the position stays.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool TryReadInt32(ReadOnlySpan<byte> data, ref int position, out int value)
    {
        // Nearly every varint of a record is one byte.
        if ((uint)position < (uint)data.Length && data[position] < 0x80)
        {
            uint single = data[position++];
            value = (int)(single >> 1) ^ -(int)(single & 1);
            return true;
        }

        return TryReadLongerInt32(data, ref position, out value);
    }

    /// <summary>Reads a zig-zag int64 at <paramref name="position"/> and moves past it; on failure the position stays.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool TryReadInt64(ReadOnlySpan<byte> data, ref int position, out long value)
    {
        if ((uint)position < (uint)data.Length && data[position] < 0x80)
        {
            long single = data[position++];
            value = (single >> 1) ^ -(single & 1);
            return true;
        }

        return TryReadLongerInt64(data, ref position, out value);
    }

    /// <summary>Writes a zig-zag int32; returns the bytes written.</summary>
    public static int WriteInt32(Span<byte> destination, int value) =>
        WriteUnsigned(destination, (uint)((value << 1) ^ (value >> 31)));

    /// <summary>Writes a zig-zag int64; returns the bytes written.</summary>
    public static int WriteInt64(Span<byte> destination, long value) =>
        WriteUnsigned(destination, (ulong)((value << 1) ^ (value >> 63)));

    /// <summary>Bytes that <see cref="WriteInt32"/> will write.</summary>
    public static int SizeOfInt32(int value) => SizeOfUnsigned((uint)((value << 1) ^ (value >> 31)));

    /// <summary>Bytes that <see cref="WriteInt64"/> will write.</summary>
    public static int SizeOfInt64(long value) => SizeOfUnsigned((ulong)((value << 1) ^ (value >> 63)));

    private static bool TryReadLongerInt32(ReadOnlySpan<byte> data, ref int position, out int value)
    {
        var read = TryReadUnsigned(data, ref position, MaxBytes32, 0x0F, out var raw);
        value = (int)((uint)raw >> 1) ^ -(int)(raw & 1);
        return read;
    }

    private static bool TryReadLongerInt64(ReadOnlySpan<byte> data, ref int position, out long value)
    {
        var read = TryReadUnsigned(data, ref position, MaxBytes64, 0x01, out var raw);
        value = (long)(raw >> 1) ^ -(long)(raw & 1);
        return read;
    }

    private static bool TryReadUnsigned(ReadOnlySpan<byte> data, ref int position, int maxBytes, byte maxLastByte, out ulong value)
    {
        value = 0;
        for (var i = 0; i < maxBytes; i++)
        {
            var at = position + i;
            if ((uint)at >= (uint)data.Length)
                return false;
            var b = data[at];
            value |= (ulong)(b & 0x7F) << (7 * i);
            if (b >= 0x80)
                continue;
            if (i == maxBytes - 1 && b > maxLastByte)
                return false;
            position = at + 1;
            return true;
        }

        return false;
    }

    private static int WriteUnsigned(Span<byte> destination, ulong value)
    {
        var at = 0;
        for (; value >= 0x80; value >>= 7)
            destination[at++] = (byte)(value | 0x80);
        destination[at++] = (byte)value;
        return at;
    }

    private static int SizeOfUnsigned(ulong value) => (64 - System.Numerics.BitOperations.LeadingZeroCount(value | 1) + 6) / 7;
}

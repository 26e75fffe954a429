using System.Buffers;
using System.Buffers.Binary;
using System.Buffers.Text;
using System.Numerics;
using CloudStream.Records;

namespace CloudStream.Http.Tail;

/// <summary>
/// Writes resume tokens that stay small with many partitions: about 4 characters a partition at worst. Offsets that are near each other are
/// written whole. Where they are far apart only their low bits are: what is above follows from the partition's end when the token comes
/// back, a checksum says whether it does, and partitions that are far behind their end have their high bits written out. Used by one
/// stream.
/// </summary>
internal sealed class ResumeTokenWriter(Guid topicId, IReadOnlyList<TailPosition> positions)
{
    // 24 bits each make 4,034 characters of 1,000 partitions; with fewer of them there are more bits for each.
    private const int LeastBits = 24, PackedBitsInAll = 24_000;
    private const int HeadBytes = 64, HighBytes = 16;

    private readonly ArrayBufferWriter<byte> _text = new();
    private byte[] _bytes = [];
    private int _length;

    /// <summary>A checksum of offsets.</summary>
    public static uint Sum(ReadOnlySpan<long> offsets)
    {
        var sum = 0u;
        Span<byte> bytes = stackalloc byte[8];
        foreach (var offset in offsets)
        {
            BinaryPrimitives.WriteInt64BigEndian(bytes, offset);
            sum = Crc32C.Append(sum, bytes);
        }

        return sum;
    }

    /// <summary>The token of the positions as they are now; ASCII, valid until the next call.</summary>
    public ReadOnlySpan<byte> Write()
    {
        var (least, most) = Range();
        var bits = BitsOf(most - least);
        var most24 = Math.Max(LeastBits, positions.Count == 0 ? LeastBits : PackedBitsInAll / positions.Count);
        Begin(Math.Max(bits, Math.Min(most24, 62)));
        if (bits <= most24)
            WriteWhole(least, bits);
        else
            WriteLow(Math.Min(most24, 62));
        _text.ResetWrittenCount();
        var text = _text.GetSpan(Base64Url.GetEncodedLength(_length));
        _text.Advance(Base64Url.EncodeToUtf8(_bytes.AsSpan(0, _length), text));
        return _text.WrittenSpan;
    }

    private (long Least, long Most) Range()
    {
        var (least, most) = (long.MaxValue, 0L);
        foreach (var position in positions)
            (least, most) = (Math.Min(least, position.NextOffset), Math.Max(most, position.NextOffset));
        return (Math.Min(least, most), most);
    }

    private void Begin(int bits)
    {
        var needed = HeadBytes + PackedBits.Bytes(positions.Count, bits) + positions.Count * HighBytes;
        if (_bytes.Length < needed)
            _bytes = new byte[needed];
        _length = 0;
    }

    private void WriteWhole(long least, int bits)
    {
        WriteHead(ResumeToken.Whole);
        WriteNumber(least);
        _bytes[_length++] = (byte)bits;
        var packed = Pack(bits);
        for (var i = 0; i < positions.Count; i++)
            PackedBits.Put(packed, (long)i * bits, bits, positions[i].NextOffset - least);
    }

    private void WriteLow(int bits)
    {
        WriteHead(ResumeToken.Low);
        _bytes[_length++] = (byte)bits;
        BinaryPrimitives.WriteUInt32BigEndian(_bytes.AsSpan(_length), SumOfPositions());
        _length += 4;
        var packed = Pack(bits);
        var far = 0;
        for (var i = 0; i < positions.Count; i++)
        {
            PackedBits.Put(packed, (long)i * bits, bits, positions[i].NextOffset);
            far += IsFar(positions[i], bits) ? 1 : 0;
        }

        WriteNumber(far);
        for (var i = 0; far > 0 && i < positions.Count; i++)
        {
            if (!IsFar(positions[i], bits))
                continue;
            WriteNumber(i);
            WriteNumber(positions[i].NextOffset >> bits);
        }
    }

    // Half of what the low bits tell is left to what will be appended until the token comes back.
    private static bool IsFar(TailPosition position, int bits) => position.End - position.NextOffset >= 1L << (bits - 1);

    private void WriteHead(byte kind)
    {
        _bytes[_length++] = kind;
        topicId.TryWriteBytes(_bytes.AsSpan(_length), bigEndian: true, out _);
        _length += 16;
        WriteNumber(positions.Count);
    }

    private void WriteNumber(long value)
    {
        for (; value >= 0x80; value >>= 7)
            _bytes[_length++] = (byte)(value | 0x80);
        _bytes[_length++] = (byte)value;
    }

    private Span<byte> Pack(int bits)
    {
        var packed = _bytes.AsSpan(_length, PackedBits.Bytes(positions.Count, bits));
        packed.Clear();
        _length += packed.Length;
        return packed;
    }

    private uint SumOfPositions()
    {
        var offsets = ArrayPool<long>.Shared.Rent(positions.Count);
        for (var i = 0; i < positions.Count; i++)
            offsets[i] = positions[i].NextOffset;
        var sum = Sum(offsets.AsSpan(0, positions.Count));
        ArrayPool<long>.Shared.Return(offsets);
        return sum;
    }

    private static int BitsOf(long value) => 64 - BitOperations.LeadingZeroCount((ulong)value);
}

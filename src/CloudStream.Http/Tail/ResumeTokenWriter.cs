using System.Buffers;
using System.Buffers.Binary;
using System.Buffers.Text;
using System.Numerics;
using CloudStream.Records;

namespace CloudStream.Http.Tail;

/// <summary>
/// Writes resume tokens that stay small with many partitions: 4 KiB at most with 1,000. Offsets that are near each other are written whole.
/// Where they are far apart only their low bits are: what is above them follows from the partition's end when the token comes back, a
/// checksum says whether it does, and partitions that are far behind their end have their high bits written out. Where too many are far
/// behind, offsets are rounded down: who comes back gets a little again. Used by one stream.
/// </summary>
internal sealed class ResumeTokenWriter(Guid topicId, IReadOnlyList<TailPosition> positions)
{
    // With fewer partitions than 1,000 there are more bits for each, with more than that the least that is of use.
    private const int MostBits = 24, LeastBits = 12, PackedBitsInAll = 24_000;

    // 4,096 characters.
    private const int MostBytes = 3072;
    private const int HeadBytes = 64, HighBytes = 16;

    private readonly ArrayBufferWriter<byte> _text = new();
    private byte[] _bytes = [];
    private int _length;

    private int Limit => Math.Max(MostBytes, HeadBytes + PackedBits.Bytes(positions.Count, MostBits));

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
        var most24 = Math.Min(62, Math.Max(MostBits, positions.Count == 0 ? MostBits : PackedBitsInAll / positions.Count));
        Begin(Math.Max(bits, most24));
        if (bits <= most24)
            WriteWhole(least, bits);
        else if (FindLowBits(most24) is { } low)
            WriteLow(low);
        else
            WriteRounded(least, bits);
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

    // The more bits, the more may be appended until the token comes back; the fewer, the more partitions are far behind and are written
    // out.
    private int? FindLowBits(int most)
    {
        for (var bits = most; bits >= LeastBits; bits--)
        {
            long size = HeadBytes + PackedBits.Bytes(positions.Count, bits);
            for (var i = 0; i < positions.Count && size <= Limit; i++)
                size += IsFar(positions[i], bits) ? NumberBytes(i) + NumberBytes(positions[i].NextOffset >> bits) : 0;
            if (size <= Limit)
                return bits;
        }

        return null;
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
        WriteSum(static _ => true);
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

    // A partition that would be rounded to below its log start is marked as being there; the sum tells whether that is still where it was.
    private void WriteRounded(long least, int range)
    {
        var bits = Math.Max(LeastBits, (int)Math.Min(range, (Limit - HeadBytes - PackedBits.Bytes(positions.Count, 1)) * 8L
            / positions.Count));
        var shift = Math.Max(0, range - bits);
        WriteHead(ResumeToken.Rounded);
        WriteNumber(least);
        _bytes[_length++] = (byte)shift;
        _bytes[_length++] = (byte)bits;
        WriteSum(IsAtStart);
        var marks = Pack(1);
        for (var i = 0; i < positions.Count; i++)
            PackedBits.Put(marks, i, 1, IsAtStart(positions[i]) ? 1 : 0);
        var packed = Pack(bits);
        for (var i = 0; i < positions.Count; i++)
            PackedBits.Put(packed, (long)i * bits, bits, (positions[i].NextOffset - least) >> shift);

        bool IsAtStart(TailPosition position) =>
            position.NextOffset == position.Start || least + ((position.NextOffset - least) >> shift << shift) < position.Start;
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

    // Of the offsets that are meant; at the log start of that.
    private void WriteSum(Func<TailPosition, bool> isMeant)
    {
        var offsets = ArrayPool<long>.Shared.Rent(positions.Count);
        var count = 0;
        foreach (var position in positions)
        {
            if (isMeant(position))
                offsets[count++] = _bytes[0] == ResumeToken.Rounded ? position.Start : position.NextOffset;
        }

        BinaryPrimitives.WriteUInt32BigEndian(_bytes.AsSpan(_length), Sum(offsets.AsSpan(0, count)));
        _length += 4;
        ArrayPool<long>.Shared.Return(offsets);
    }

    private static int NumberBytes(long value) => Math.Max(1, (BitsOf(value) + 6) / 7);

    private static int BitsOf(long value) => 64 - BitOperations.LeadingZeroCount((ulong)value);
}

using System.Buffers.Binary;

namespace CloudStream.Records.Compression;

/// <summary>
/// Decodes one raw Snappy block into a span of exactly the right size. Source: Google's snappy "format_description.txt". Every element is
/// checked against what is left of both spans; bad data gives false.
/// </summary>
internal static class SnappyBlock
{
    private const int LiteralTag = 0;
    private const int CopyOneByteOffset = 1;
    private const int CopyTwoByteOffset = 2;

    // Literal lengths from here on are written in the one to four bytes after the tag.
    private const int FirstExtendedLiteral = 60;

    /// <summary>Reads the plain length that a block begins with: an unsigned varint of at most 32 bits.</summary>
    public static bool TryReadLength(ReadOnlySpan<byte> block, out uint plainBytes, out int headerBytes)
    {
        ulong value = 0;
        for (headerBytes = 0; headerBytes < block.Length && headerBytes < 5;)
        {
            var b = block[headerBytes];
            value |= (ulong)(b & 0x7F) << (7 * headerBytes++);
            if (b < 0x80)
            {
                plainBytes = (uint)value;
                return value <= uint.MaxValue;
            }
        }

        plainBytes = 0;
        return false;
    }

    /// <summary>Decodes the elements after the length; true only if they fill <paramref name="plain"/> exactly.</summary>
    public static bool TryDecode(ReadOnlySpan<byte> elements, Span<byte> plain)
    {
        int from = 0, to = 0;
        while (from < elements.Length)
        {
            var tag = elements[from++];
            var decoded = (tag & 3) == LiteralTag
                ? TryLiteral(tag, elements, ref from, plain, ref to)
                : TryCopy(tag, elements, ref from, plain, ref to);
            if (!decoded)
                return false;
        }

        return to == plain.Length;
    }

    private static bool TryLiteral(byte tag, ReadOnlySpan<byte> elements, ref int from, Span<byte> plain, ref int to)
    {
        long length = tag >> 2;
        if (length >= FirstExtendedLiteral)
        {
            var lengthBytes = (int)length - FirstExtendedLiteral + 1;
            if (lengthBytes > elements.Length - from)
                return false;
            length = 0;
            for (var i = 0; i < lengthBytes; i++)
                length |= (long)elements[from++] << (8 * i);
        }

        length++;
        if (length > elements.Length - from || length > plain.Length - to)
            return false;
        elements.Slice(from, (int)length).CopyTo(plain[to..]);
        from += (int)length;
        to += (int)length;
        return true;
    }

    private static bool TryCopy(byte tag, ReadOnlySpan<byte> elements, ref int from, Span<byte> plain, ref int to)
    {
        var rest = elements[from..];
        int length;
        uint distance;
        switch (tag & 3)
        {
            case CopyOneByteOffset when rest.Length >= 1:
                length = 4 + ((tag >> 2) & 7);
                distance = ((uint)(tag >> 5) << 8) | rest[0];
                from += 1;
                break;
            case CopyTwoByteOffset when rest.Length >= 2:
                length = 1 + (tag >> 2);
                distance = BinaryPrimitives.ReadUInt16LittleEndian(rest);
                from += 2;
                break;
            case not (CopyOneByteOffset or CopyTwoByteOffset) when rest.Length >= 4:
                length = 1 + (tag >> 2);
                distance = BinaryPrimitives.ReadUInt32LittleEndian(rest);
                from += 4;
                break;
            default:
                return false;
        }

        if (distance == 0 || distance > (uint)to || length > plain.Length - to)
            return false;
        CopyBack(plain, to, (int)distance, length);
        to += length;
        return true;
    }

    // A copy may reach into what it writes: it then repeats the last bytes.
    private static void CopyBack(Span<byte> plain, int to, int distance, int length)
    {
        if (distance >= length)
        {
            plain.Slice(to - distance, length).CopyTo(plain[to..]);
            return;
        }

        for (var i = 0; i < length; i++)
            plain[to + i] = plain[to + i - distance];
    }
}

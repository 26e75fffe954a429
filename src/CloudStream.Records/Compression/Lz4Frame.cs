using System.Buffers;
using System.Buffers.Binary;
using System.IO.Hashing;

namespace CloudStream.Records.Compression;

/// <summary>The header of an LZ4 frame (the frame format's version 1.6.x), and what else its two decoders know of the format.</summary>
/// <param name="BlockBytes">Most plain bytes of a block.</param>
/// <param name="HasDependentBlocks">Blocks refer back to the ones before them.</param>
/// <param name="HasBlockChecksums">Each block is followed by the XXH32 of its bytes as they are.</param>
/// <param name="HasContentChecksum">The frame ends with the XXH32 of its plain bytes.</param>
/// <param name="ContentBytes">Plain bytes of the frame; 0 where the header does not say.</param>
internal readonly record struct Lz4Frame(
    int BlockBytes, bool HasDependentBlocks, bool HasBlockChecksums, bool HasContentChecksum, ulong ContentBytes)
{
    public const uint Magic = 0x184D2204;

    /// <summary>Frames with one of sixteen magics are no LZ4 and are passed over.</summary>
    public const uint SkippableMagic = 0x184D2A50;
    public const uint SkippableMask = 0xFFFFFFF0;

    /// <summary>How far back a block may refer, in bytes.</summary>
    public const int HistoryBytes = 64 * 1024;

    /// <summary>Set in a block's length where its bytes are plain.</summary>
    public const uint PlainBlock = 0x80000000;

    private const int DescriptorByte = 5;
    private const int FirstBlockSizeId = 4;
    private const int SmallestBlockBytes = 64 * 1024;

    // Magic, two bytes of flags, the content's size, a dictionary's id, a checksum.
    private const int MaxHeaderBytes = 19;

    /// <summary>
    /// Bytes of memory that decoding the frame at the beginning of some data takes: a block as it came, one as it goes, and history.
    /// </summary>
    public static long MemoryFor(in ReadOnlySequence<byte> data)
    {
        if (data.Length <= DescriptorByte)
            return SmallestBlockBytes;
        Span<byte> descriptor = stackalloc byte[1];
        data.Slice(DescriptorByte, 1).CopyTo(descriptor);
        return (2L * HistoryBytes) + (2L * BlockBytesOf(descriptor[0]));
    }

    /// <summary>Reads the header that some data begins with, its magic included.</summary>
    /// <param name="data">The frame and what follows it.</param>
    /// <param name="frame">What the header says.</param>
    /// <param name="headerBytes">Bytes of the header.</param>
    /// <returns>What is wrong; null when nothing is.</returns>
    public static string? TryRead(in ReadOnlySequence<byte> data, out Lz4Frame frame, out int headerBytes)
    {
        (frame, headerBytes) = (default, 0);
        Span<byte> header = stackalloc byte[MaxHeaderBytes];
        header = header[..(int)Math.Min(data.Length, MaxHeaderBytes)];
        data.Slice(0, header.Length).CopyTo(header);
        if (header.Length <= DescriptorByte)
            return "the frame is cut off";
        var (flags, descriptor) = (header[4], header[DescriptorByte]);
        if (flags >> 6 != 1)
            return $"version {flags >> 6} of the frame is none that is known";
        if ((flags & 0x02) != 0 || (descriptor & 0x8F) != 0)
            return "reserved bits of the frame header are set";
        if (descriptor >> 4 < FirstBlockSizeId)
            return $"the frame header has no valid block size ({descriptor >> 4})";
        var (hasSize, hasDictionary) = ((flags & 0x08) != 0, (flags & 0x01) != 0);
        headerBytes = DescriptorByte + 2 + (hasSize ? sizeof(ulong) : 0) + (hasDictionary ? sizeof(uint) : 0);
        if (header.Length < headerBytes)
            return "the frame is cut off";
        if ((byte)(XxHash32.HashToUInt32(header[4..(headerBytes - 1)]) >> 8) != header[headerBytes - 1])
            return "the frame header's checksum is wrong";
        frame = new Lz4Frame(
            BlockBytesOf(descriptor), (flags & 0x20) == 0, (flags & 0x10) != 0, (flags & 0x04) != 0,
            hasSize ? BinaryPrimitives.ReadUInt64LittleEndian(header[(DescriptorByte + 1)..]) : 0);
        return null;
    }

    // Sizes 4 to 7 are 64 KiB to 4 MiB; others are refused when the frame is read.
    private static int BlockBytesOf(byte descriptor) =>
        SmallestBlockBytes << (2 * (Math.Max(descriptor >> 4 & 7, FirstBlockSizeId) - FirstBlockSizeId));
}

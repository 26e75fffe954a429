using System.Buffers;
using System.Buffers.Binary;
using K4os.Compression.LZ4;

namespace CloudStream.Records.Compression;

/// <summary>LZ4 frames as <see cref="Lz4Codec"/> writes them, where the system has no liblz4.</summary>
internal sealed class ManagedLz4Codec : CompressionCodec
{
    private const int BlockBytes = 64 * 1024;

    public override CompressionType Type => CompressionType.Lz4;

    // Version 1, independent blocks, no checksums, no content size; blocks of 64 KiB; the checksum of these two bytes.
    private static ReadOnlySpan<byte> Header => [0x04, 0x22, 0x4D, 0x18, 0x60, 0x40, 0x82];

    private static ReadOnlySpan<byte> EndMark => [0, 0, 0, 0];

    public override void Compress(ReadOnlySpan<byte> source, IBufferWriter<byte> destination, int? level = null)
    {
        var blockLevel = LevelOf(CheckLevel(level, Lz4Codec.FastestLevel, Lz4Codec.HighestLevel));
        destination.Write(Header);
        for (; !source.IsEmpty; source = source[Math.Min(source.Length, BlockBytes)..])
            WriteBlock(source[..Math.Min(source.Length, BlockBytes)], destination, blockLevel);
        destination.Write(EndMark);
    }

    internal override long MemoryFor(in ReadOnlySequence<byte> source) => Lz4Frame.MemoryFor(source);

    private protected override Decompressor CreateDecompressor() => new ManagedLz4Decompressor();

    private static void WriteBlock(ReadOnlySpan<byte> plain, IBufferWriter<byte> destination, LZ4Level level)
    {
        // Room for one byte less: a block that does not become smaller is written as it is.
        var room = destination.GetSpan(sizeof(uint) + plain.Length);
        var length = plain.Length > 1 ? LZ4Codec.Encode(plain, room.Slice(sizeof(uint), plain.Length - 1), level) : -1;
        var isPlain = length <= 0;
        if (isPlain)
        {
            length = plain.Length;
            plain.CopyTo(room[sizeof(uint)..]);
        }

        BinaryPrimitives.WriteUInt32LittleEndian(room, (uint)length | (isPlain ? Lz4Frame.PlainBlock : 0));
        destination.Advance(sizeof(uint) + length);
    }

    // liblz4's scale: below 3 its fast compressor, from 12 on the most that it can.
    private static LZ4Level LevelOf(int level) => level < 3 ? LZ4Level.L00_FAST : (LZ4Level)Math.Min(level, (int)LZ4Level.L12_MAX);
}

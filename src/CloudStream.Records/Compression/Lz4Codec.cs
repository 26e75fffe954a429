using System.Buffers;

namespace CloudStream.Records.Compression;

/// <summary>
/// LZ4 frames by the system's liblz4. Written with independent blocks of 64 KiB and no content size, the only kind of frame that every Java
/// client reads.
/// </summary>
internal sealed unsafe class Lz4Codec : CompressionCodec
{
    public const int FastestLevel = 0;
    public const int HighestLevel = 17;

    private const int BlockSize64KiB = 4;
    private const int IndependentBlocks = 1;

    public override CompressionType Type => CompressionType.Lz4;

    public override string Implementation => NativeCodecLibrary.Lz4.FileName;

    public override void Compress(ReadOnlySpan<byte> source, IBufferWriter<byte> destination, int? level = null)
    {
        var preferences = new Lz4Native.Preferences
        {
            BlockSizeId = BlockSize64KiB,
            BlockMode = IndependentBlocks,
            CompressionLevel = CheckLevel(level, FastestLevel, HighestLevel),
        };
        var room = destination.GetSpan(checked((int)Lz4Native.LZ4F_compressFrameBound((nuint)source.Length, &preferences)));
        fixed (byte* from = source, to = room)
        {
            var written = Lz4Native.LZ4F_compressFrame(to, (nuint)room.Length, from, (nuint)source.Length, &preferences);
            if (Lz4Native.LZ4F_isError(written) != 0)
                throw new InvalidOperationException($"liblz4 cannot compress {source.Length} bytes: {Lz4Native.ErrorName(written)}.");
            destination.Advance((int)written);
        }
    }

    internal override long MemoryFor(in ReadOnlySequence<byte> source) => Lz4Frame.MemoryFor(source);

    private protected override Decompressor CreateDecompressor() => new Lz4Decompressor();
}

using System.Buffers;

namespace CloudStream.Records.Compression;

/// <summary>No compression: a copy.</summary>
internal sealed class NoneCodec : CompressionCodec
{
    public override CompressionType Type => CompressionType.None;

    public override void Compress(ReadOnlySpan<byte> source, IBufferWriter<byte> destination, int? level = null) =>
        destination.Write(source);

    public override void Decompress(ReadOnlyMemory<byte> source, IBufferWriter<byte> destination, int maxBytes)
    {
        if (source.Length > maxBytes)
            throw Decompressor.TooLarge(maxBytes);
        destination.Write(source.Span);
    }

    internal override long MemoryFor(in ReadOnlySequence<byte> source) => 0;

    private protected override Decompressor CreateDecompressor() =>
        throw new NotSupportedException("What is not compressed is not decompressed.");
}

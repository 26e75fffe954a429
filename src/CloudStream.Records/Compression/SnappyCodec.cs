using System.Buffers;
using Snappier;

namespace CloudStream.Records.Compression;

/// <summary>Snappy. Writes a raw block, which all clients read.</summary>
internal sealed class SnappyCodec : CompressionCodec
{
    public override CompressionType Type => CompressionType.Snappy;

    public override void Compress(ReadOnlySpan<byte> source, IBufferWriter<byte> destination, int? level = null)
    {
        var room = destination.GetSpan(Snappy.GetMaxCompressedLength(source.Length));
        destination.Advance(Snappy.Compress(source, room));
    }

    internal override long MemoryFor(in ReadOnlySequence<byte> source) => SnappyDecompressor.MemoryFor(source);

    private protected override Decompressor CreateDecompressor() => new SnappyDecompressor();
}

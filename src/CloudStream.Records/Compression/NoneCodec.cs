using System.Buffers;

namespace CloudStream.Records.Compression;

/// <summary>No compression: a copy.</summary>
internal sealed class NoneCodec : CompressionCodec
{
    public override CompressionType Type => CompressionType.None;

    public override void Compress(ReadOnlySpan<byte> source, IBufferWriter<byte> destination, int? level = null) => destination.Write(source);

    public override void Decompress(ReadOnlySpan<byte> source, IBufferWriter<byte> destination, int maxBytes)
    {
        if (source.Length > maxBytes)
            throw BoundedOutput.TooLarge(maxBytes);
        destination.Write(source);
    }
}

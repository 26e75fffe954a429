using System.Buffers;
using System.IO.Compression;

namespace CloudStream.Records.Compression;

/// <summary>gzip (RFC 1952) by the framework.</summary>
internal sealed class GzipCodec : CompressionCodec
{
    private const int DefaultLevel = 6;
    private const int HighestLevel = 9;

    public override CompressionType Type => CompressionType.Gzip;

    public override void Compress(ReadOnlySpan<byte> source, IBufferWriter<byte> destination, int? level = null)
    {
        var options = new ZLibCompressionOptions { CompressionLevel = CheckLevel(level, DefaultLevel, HighestLevel) };
        using var target = new BufferWriterStream(destination);
        using var gzip = new GZipStream(target, options);

        // The framework writes nothing at all, not even a header, unless something was written to it: an empty write does not count.
        if (source.IsEmpty)
            destination.Write(EmptyMember);
        else
            gzip.Write(source);
    }

    // The window of 32 KiB, the library's state, and what it reads at once.
    internal override long MemoryFor(in ReadOnlySequence<byte> source) => 64 * 1024;

    private protected override Decompressor CreateDecompressor() => new GzipDecompressor();

    // Header, an empty final block, CRC 0 and length 0.
    private static ReadOnlySpan<byte> EmptyMember => [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 0xFF, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0];
}

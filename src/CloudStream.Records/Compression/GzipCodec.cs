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

    public override unsafe void Decompress(ReadOnlySpan<byte> source, IBufferWriter<byte> destination, int maxBytes)
    {
        if (source.IsEmpty)
            throw Damaged("there are no bytes");
        fixed (byte* start = source)
        {
            using var compressed = new UnmanagedMemoryStream(start, source.Length);
            using var gzip = new GZipStream(compressed, CompressionMode.Decompress);
            Copy(gzip, new BoundedOutput(destination, maxBytes));
        }
    }

    // Header, an empty final block, CRC 0 and length 0.
    private static ReadOnlySpan<byte> EmptyMember => [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 0xFF, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0];

    private void Copy(GZipStream gzip, BoundedOutput output)
    {
        try
        {
            while (gzip.Read(output.Room()) is var read and > 0)
                output.Filled(read);
        }
        catch (Exception e) when (e is InvalidDataException or IOException)
        {
            throw new CompressedDataException(Damaged("it does not decode").Message, e);
        }
    }
}

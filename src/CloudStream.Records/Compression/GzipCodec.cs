using System.Buffers;
using System.IO.Compression;

namespace CloudStream.Records.Compression;

/// <summary>gzip (RFC 1952) by the framework.</summary>
internal sealed class GzipCodec : CompressionCodec
{
    private const int DefaultLevel = 6;
    private const int HighestLevel = 9;
    private const int EndMarkBytes = 8;

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

    public override void Decompress(ReadOnlySpan<byte> source, IBufferWriter<byte> destination, int maxBytes)
    {
        if (source.IsEmpty)
            throw Damaged("there are no bytes");
        var marked = ArrayPool<byte>.Shared.Rent(source.Length + EndMember.Length);
        try
        {
            source.CopyTo(marked);
            EndMember.CopyTo(marked.AsSpan(source.Length));
            using var compressed = new MemoryStream(marked, 0, source.Length + EndMember.Length, writable: false);
            using var gzip = new GZipStream(compressed, CompressionMode.Decompress);
            Copy(gzip, new BoundedOutput(destination, maxBytes));
        }
        catch (Exception e) when (e is InvalidDataException or IOException)
        {
            throw new CompressedDataException(Damaged("it does not decode").Message, e);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(marked);
        }
    }

    // Header, an empty final block, CRC 0 and length 0.
    private static ReadOnlySpan<byte> EmptyMember => [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 0xFF, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0];

    // A member of our own that follows the data: the framework takes cut-off data for finished, and this one decodes only after data that
    // really is. Header, a final stored block of eight bytes (the end mark), their CRC and length.
    private static ReadOnlySpan<byte> EndMember =>
    [
        0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 0xFF, 1, 8, 0, 0xF7, 0xFF,
        0xE1, 0xC3, 0xA5, 0x87, 0x0F, 0x2D, 0x4B, 0x69,
        0x88, 0x19, 0xAF, 0xD2, 8, 0, 0, 0,
    ];

    private static ReadOnlySpan<byte> EndMark => EndMember.Slice(15, EndMarkBytes);

    // Always holds back the last bytes, which must be the end mark in the end.
    private void Copy(GZipStream gzip, BoundedOutput output)
    {
        Span<byte> tail = stackalloc byte[EndMarkBytes];
        var tailBytes = 0;
        while (true)
        {
            var room = output.Room(EndMarkBytes);
            tail[..tailBytes].CopyTo(room);
            var read = gzip.Read(room[tailBytes..]);
            if (read == 0)
                break;
            var plain = room[..(tailBytes + read)];
            tailBytes = Math.Min(plain.Length, EndMarkBytes);
            plain[^tailBytes..].CopyTo(tail);
            output.Filled(plain.Length - tailBytes);
        }

        if (!tail[..tailBytes].SequenceEqual(EndMark))
            throw Damaged("it is cut off, or something follows it");
    }
}

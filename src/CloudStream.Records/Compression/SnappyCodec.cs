using System.Buffers;
using System.Buffers.Binary;
using Snappier;

namespace CloudStream.Records.Compression;

/// <summary>
/// Snappy. Reads the raw block that librdkafka writes and the framed stream that the Java client and kafkajs write (xerial: a magic, two
/// versions, then blocks each after its length). Writes a raw block, which all of them read.
/// </summary>
internal sealed class SnappyCodec : CompressionCodec
{
    private const int FrameHeaderBytes = 16;

    // A copy element of three bytes gives 64 bytes at most, so no honest block claims more than this per compressed byte.
    private const int MaxExpansion = 32;

    public override CompressionType Type => CompressionType.Snappy;

    private static ReadOnlySpan<byte> FrameMagic => [0x82, (byte)'S', (byte)'N', (byte)'A', (byte)'P', (byte)'P', (byte)'Y', 0];

    public override void Compress(ReadOnlySpan<byte> source, IBufferWriter<byte> destination, int? level = null)
    {
        var room = destination.GetSpan(Snappy.GetMaxCompressedLength(source.Length));
        destination.Advance(Snappy.Compress(source, room));
    }

    public override void Decompress(ReadOnlySpan<byte> source, IBufferWriter<byte> destination, int maxBytes)
    {
        if (source.StartsWith(FrameMagic))
            DecompressFrames(source, destination, maxBytes);
        else
            DecompressBlock(source, destination, maxBytes);
    }

    private void DecompressFrames(ReadOnlySpan<byte> source, IBufferWriter<byte> destination, int maxBytes)
    {
        var left = maxBytes;
        while (!source.IsEmpty)
        {
            // A stream may be followed by another one.
            if (source.StartsWith(FrameMagic))
            {
                if (source.Length < FrameHeaderBytes)
                    throw Damaged("the frame header is cut off");
                source = source[FrameHeaderBytes..];
                continue;
            }

            if (source.Length < sizeof(int))
                throw Damaged("a block length is cut off");
            var length = BinaryPrimitives.ReadInt32BigEndian(source);
            source = source[sizeof(int)..];
            if (length < 0 || length > source.Length)
                throw Damaged($"a block of {length} bytes is claimed and {source.Length} are there");
            left -= DecompressBlock(source[..length], destination, left);
            source = source[length..];
        }
    }

    private int DecompressBlock(ReadOnlySpan<byte> block, IBufferWriter<byte> destination, int maxBytes)
    {
        if (!SnappyBlock.TryReadLength(block, out var plainBytes, out var headerBytes))
            throw Damaged("a block has no valid length");
        if (plainBytes > maxBytes)
            throw BoundedOutput.TooLarge(maxBytes);
        if (plainBytes > (long)block.Length * MaxExpansion)
            throw Damaged($"a block of {block.Length} bytes claims {plainBytes} plain bytes");
        if (!SnappyBlock.TryDecode(block[headerBytes..], destination.GetSpan((int)plainBytes)[..(int)plainBytes]))
            throw Damaged("a block does not decode");
        destination.Advance((int)plainBytes);
        return (int)plainBytes;
    }
}

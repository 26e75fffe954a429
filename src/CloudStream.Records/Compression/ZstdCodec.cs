using System.Buffers;

namespace CloudStream.Records.Compression;

/// <summary>Zstandard frames (RFC 8878) by the system's libzstd. Reads as a stream, since most clients do not write the content size.</summary>
internal sealed unsafe class ZstdCodec(NativeCodecLibrary library) : CompressionCodec
{
    private const int DefaultLevel = 3;
    private const int HighestLevel = 22;

    // A context grows with the largest window or level that it has seen; big ones are not kept.
    private const int MaxKeptContextBytes = 16 * 1024 * 1024;

    private static readonly ContextPool<ZstdCompressionContext> Compressors = new(ZstdCompressionContext.Create);
    private static readonly ContextPool<ZstdDecompressionContext> Decompressors = new(ZstdDecompressionContext.Create);

    public override CompressionType Type => CompressionType.Zstd;

    public override bool IsAvailable => library.IsPresent;

    public override void Compress(ReadOnlySpan<byte> source, IBufferWriter<byte> destination, int? level = null)
    {
        library.Require();
        var checkedLevel = CheckLevel(level, DefaultLevel, HighestLevel);
        var room = destination.GetSpan(checked((int)ZstdNative.ZSTD_compressBound((nuint)source.Length)));
        var context = Compressors.Rent();
        fixed (byte* from = source, to = room)
        {
            var written = ZstdNative.ZSTD_compressCCtx(context, to, (nuint)room.Length, from, (nuint)source.Length, checkedLevel);
            if (ZstdNative.ZSTD_isError(written) != 0)
            {
                context.Dispose();
                throw new InvalidOperationException($"libzstd cannot compress {source.Length} bytes: {ZstdNative.ErrorName(written)}.");
            }

            destination.Advance((int)written);
        }

        if (ZstdNative.ZSTD_sizeof_CCtx(context) <= MaxKeptContextBytes)
            Compressors.Return(context);
        else
            context.Dispose();
    }

    public override void Decompress(ReadOnlySpan<byte> source, IBufferWriter<byte> destination, int maxBytes)
    {
        library.Require();
        if (source.IsEmpty)
            throw Damaged("there are no bytes");
        var context = Decompressors.Rent();
        try
        {
            Decompress(context, source, new BoundedOutput(destination, maxBytes));
        }
        catch
        {
            // It is somewhere inside a frame.
            context.Dispose();
            throw;
        }

        if (ZstdNative.ZSTD_sizeof_DCtx(context) <= MaxKeptContextBytes)
            Decompressors.Return(context);
        else
            context.Dispose();
    }

    private void Decompress(ZstdDecompressionContext context, ReadOnlySpan<byte> source, BoundedOutput output)
    {
        nuint bytesWanted;
        bool roomFilled;
        fixed (byte* from = source)
        {
            var input = new ZstdNative.Buffer { Start = from, Size = (nuint)source.Length };
            do
            {
                var room = output.Room();
                fixed (byte* to = room)
                {
                    var target = new ZstdNative.Buffer { Start = to, Size = (nuint)room.Length };
                    bytesWanted = ZstdNative.ZSTD_decompressStream(context, &target, &input);
                    if (ZstdNative.ZSTD_isError(bytesWanted) != 0)
                        throw Damaged(ZstdNative.ErrorName(bytesWanted));
                    roomFilled = target.Position == target.Size;
                    output.Filled((int)target.Position);
                }
            }
            while (input.Position < input.Size || (bytesWanted != 0 && roomFilled));
        }

        if (bytesWanted != 0)
            throw Damaged("the frame is cut off");
    }
}

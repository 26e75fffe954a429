using System.Buffers;

namespace CloudStream.Records.Compression;

/// <summary>
/// LZ4 frames by the system's liblz4. Written with independent blocks of 64 KiB and no content size, the only kind of frame that every Java
/// client reads.
/// </summary>
internal sealed unsafe class Lz4Codec(NativeCodecLibrary library) : CompressionCodec
{
    private const int BlockSize64KiB = 4;
    private const int IndependentBlocks = 1;
    private const int FastestLevel = 0;
    private const int HighestLevel = 17;

    private static readonly ContextPool<Lz4DecompressionContext> Contexts = new(Lz4DecompressionContext.Create);

    public override CompressionType Type => CompressionType.Lz4;

    public override bool IsAvailable => library.IsPresent;

    public override void Compress(ReadOnlySpan<byte> source, IBufferWriter<byte> destination, int? level = null)
    {
        library.Require();
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

    public override void Decompress(ReadOnlySpan<byte> source, IBufferWriter<byte> destination, int maxBytes)
    {
        library.Require();
        if (source.IsEmpty)
            throw Damaged("there are no bytes");
        var context = Contexts.Rent();
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

        Contexts.Return(context);
    }

    private void Decompress(Lz4DecompressionContext context, ReadOnlySpan<byte> source, BoundedOutput output)
    {
        nuint bytesWanted;
        bool roomFilled;
        fixed (byte* from = source)
        {
            var at = 0;
            do
            {
                var room = output.Room();
                nuint produced = (nuint)room.Length, consumed = (nuint)(source.Length - at);
                fixed (byte* to = room)
                    bytesWanted = Lz4Native.LZ4F_decompress(context, to, ref produced, from + at, ref consumed, 0);
                if (Lz4Native.LZ4F_isError(bytesWanted) != 0)
                    throw Damaged(Lz4Native.ErrorName(bytesWanted));
                at += (int)consumed;
                roomFilled = (int)produced == room.Length;
                output.Filled((int)produced);
                if (consumed == 0 && produced == 0)
                    break;
            }
            while (at < source.Length || (bytesWanted != 0 && roomFilled));
        }

        if (bytesWanted != 0)
            throw Damaged("the frame is cut off");
    }
}

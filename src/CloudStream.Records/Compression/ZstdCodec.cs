using System.Buffers;

namespace CloudStream.Records.Compression;

/// <summary>Zstandard frames (RFC 8878) by the system's libzstd.</summary>
internal sealed unsafe class ZstdCodec(NativeCodecLibrary library) : CompressionCodec
{
    private const int DefaultLevel = 3;
    private const int HighestLevel = 22;

    // A context grows with the largest level that it has seen; big ones are not kept.
    private const int MaxKeptContextBytes = 16 * 1024 * 1024;

    private static readonly ContextPool<ZstdCompressionContext> Compressors = new(ZstdCompressionContext.Create);

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

    internal override long MemoryFor(in ReadOnlySequence<byte> source) => ZstdDecompressor.MemoryFor(source);

    private protected override Decompressor CreateDecompressor()
    {
        library.Require();
        return new ZstdDecompressor();
    }
}

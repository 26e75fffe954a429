using System.Buffers;

namespace CloudStream.Records.Compression;

/// <summary>Zstandard frames (RFC 8878) by the system's libzstd or its port.</summary>
internal sealed unsafe class ZstdCodec(ZstdLibrary library) : CompressionCodec
{
    private const int DefaultLevel = 3;
    private const int HighestLevel = 22;

    // A context grows with the largest level that it has seen; big ones are not kept.
    private const int MaxKeptContextBytes = 16 * 1024 * 1024;

    private readonly ContextPool<ZstdContext> _compressors = new(() => ZstdContext.Compressor(library));

    public override CompressionType Type => CompressionType.Zstd;

    public override string Implementation => library.Name;

    public override void Compress(ReadOnlySpan<byte> source, IBufferWriter<byte> destination, int? level = null)
    {
        var checkedLevel = CheckLevel(level, DefaultLevel, HighestLevel);
        var room = destination.GetSpan(checked((int)library.CompressBound((nuint)source.Length)));
        var context = _compressors.Rent();
        fixed (byte* from = source, to = room)
        {
            var written = library.Compress(context.Pointer, to, (nuint)room.Length, from, (nuint)source.Length, checkedLevel);
            if (library.IsError(written))
            {
                context.Dispose();
                throw new InvalidOperationException($"Zstandard cannot compress {source.Length} bytes: {library.ErrorName(written)}.");
            }

            destination.Advance((int)written);
        }

        if (library.SizeOfCompressor(context.Pointer) <= MaxKeptContextBytes)
            _compressors.Return(context);
        else
            context.Dispose();
    }

    internal override long MemoryFor(in ReadOnlySequence<byte> source) => ZstdDecompressor.MemoryFor(source);

    private protected override Decompressor CreateDecompressor() => new ZstdDecompressor(library);
}

using System.Buffers;

namespace CloudStream.Records.Compression;

/// <summary>LZ4 frames by the system's liblz4.</summary>
internal sealed unsafe class Lz4Decompressor : Decompressor
{
    private const int DescriptorByte = 5;
    private const int FirstBlockSizeId = 4;
    private const int SmallestBlockBytes = 64 * 1024;
    private const int HistoryBytes = 128 * 1024;

    // A context keeps the buffers of the largest blocks that it has seen; big ones are not kept.
    private const long MaxKeptBytes = 1024 * 1024;

    private readonly Lz4DecompressionContext _context = Lz4DecompressionContext.Create();
    private nuint _bytesWanted;
    private long _largest;

    /// <summary>Bytes of memory that the frame at the beginning of some data takes.</summary>
    public static long MemoryFor(in ReadOnlySequence<byte> data)
    {
        if (data.Length <= DescriptorByte)
            return SmallestBlockBytes;
        Span<byte> descriptor = stackalloc byte[1];
        data.Slice(DescriptorByte, 1).CopyTo(descriptor);

        // Block sizes 4 to 7 are 64 KiB to 4 MiB; others are refused by the library. It holds a block as it came, one as it goes, and
        // history.
        var id = Math.Max(descriptor[0] >> 4 & 7, FirstBlockSizeId);
        return HistoryBytes + (2L * SmallestBlockBytes << (2 * (id - FirstBlockSizeId)));
    }

    public override void Dispose() => _context.Dispose();

    protected override CompressionType Type => CompressionType.Lz4;

    protected override void Start() => BeginFrame();

    protected override int ReadSome(Span<byte> plain)
    {
        while (true)
        {
            if (_bytesWanted == 0)
            {
                if (Rest.IsEmpty)
                    return 0;
                BeginFrame();
            }

            var produced = Decompress(plain, out var consumed);
            Consume(consumed);
            if (produced > 0)
                return produced;
            if (_bytesWanted != 0 && Rest.IsEmpty)
                throw Damaged("the frame is cut off");
            if (_bytesWanted != 0 && consumed == 0)
                throw Damaged("the frame does not go on");
        }
    }

    protected override bool TryStop()
    {
        Lz4Native.LZ4F_resetDecompressionContext(_context);
        return _largest <= MaxKeptBytes;
    }

    private void BeginFrame()
    {
        var memory = MemoryFor(Rest);
        Need(memory);
        _largest = Math.Max(_largest, memory);
        _bytesWanted = 1;
    }

    private int Decompress(Span<byte> plain, out int consumed)
    {
        var input = Input;
        nuint produced = (nuint)plain.Length, taken = (nuint)input.Length;
        fixed (byte* from = input, to = plain)
            _bytesWanted = Lz4Native.LZ4F_decompress(_context, to, ref produced, from, ref taken, 0);
        if (Lz4Native.LZ4F_isError(_bytesWanted) != 0)
            throw Damaged(Lz4Native.ErrorName(_bytesWanted));
        consumed = (int)taken;
        return (int)produced;
    }
}

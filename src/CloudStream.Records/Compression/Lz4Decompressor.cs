using System.Buffers;

namespace CloudStream.Records.Compression;

/// <summary>LZ4 frames by the system's liblz4.</summary>
internal sealed unsafe class Lz4Decompressor : Decompressor
{
    // A context keeps the buffers of the largest blocks that it has seen; big ones are not kept.
    private const long MaxKeptBytes = 1024 * 1024;

    private readonly Lz4DecompressionContext _context = Lz4DecompressionContext.Create();
    private nuint _bytesWanted;
    private long _largest;

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
        var memory = Lz4Frame.MemoryFor(Rest);
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

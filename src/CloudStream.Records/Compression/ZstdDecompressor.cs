using System.Buffers;
using System.Buffers.Binary;

namespace CloudStream.Records.Compression;

/// <summary>
/// Zstandard frames (RFC 8878) by a library. Reads as a stream, since most clients do not write the content size.
/// </summary>
internal sealed unsafe class ZstdDecompressor(ZstdLibrary library) : Decompressor
{
    private const uint Magic = 0xFD2FB528;
    private const int MaxHeaderBytes = 18;
    private const long BlockBytes = 128 * 1024;

    // What the library accepts (ZSTD_WINDOWLOG_LIMIT_DEFAULT): frames that want more are refused, by consumers too.
    private const long MaxWindowBytes = 128 * 1024 * 1024;

    // A context grows with the largest window that it has seen; big ones are not kept.
    private const int MaxKeptContextBytes = 16 * 1024 * 1024;

    private readonly ZstdContext _context = ZstdContext.Decompressor(library);
    private nuint _bytesWanted;

    /// <summary>Bytes of memory that the frame at the beginning of some data takes: its window and what goes in and out.</summary>
    public static long MemoryFor(in ReadOnlySequence<byte> data)
    {
        Span<byte> header = stackalloc byte[MaxHeaderBytes];
        header.Clear();
        var there = data.Slice(0, Math.Min(data.Length, MaxHeaderBytes));
        there.CopyTo(header);
        return (3 * BlockBytes) + (long)Math.Min(Window(header), (ulong)MaxWindowBytes);
    }

    public override void Dispose() => _context.Dispose();

    protected override CompressionType Type => CompressionType.Zstd;

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
        if (library.SizeOfDecompressor(_context.Pointer) > MaxKeptContextBytes)
            return false;
        return !library.IsError(library.ResetDecompressor(_context.Pointer, ZstdLibrary.ResetSession));
    }

    private void BeginFrame()
    {
        Need(MemoryFor(Rest));
        _bytesWanted = 1;
    }

    private int Decompress(Span<byte> plain, out int consumed)
    {
        var input = Input;
        fixed (byte* from = input, to = plain)
        {
            var source = new ZstdLibrary.Buffer { Start = from, Size = (nuint)input.Length };
            var target = new ZstdLibrary.Buffer { Start = to, Size = (nuint)plain.Length };
            _bytesWanted = library.Decompress(_context.Pointer, &target, &source);
            if (library.IsError(_bytesWanted))
                throw Damaged(library.ErrorName(_bytesWanted));
            consumed = (int)source.Position;
            return (int)target.Position;
        }
    }

    // RFC 8878, section 3.1.1.1. A frame of a single segment has no window of its own: its content is the window.
    private static ulong Window(ReadOnlySpan<byte> header)
    {
        if (BinaryPrimitives.ReadUInt32LittleEndian(header) != Magic)
            return 0;
        int descriptor = header[4];
        if ((descriptor & 0x20) == 0)
        {
            var smallest = 1UL << (10 + (header[5] >> 3));
            return smallest + (smallest / 8 * (ulong)(header[5] & 7));
        }

        var content = header[(5 + DictionaryIdBytes(descriptor & 3))..];
        return (descriptor >> 6) switch
        {
            0 => content[0],
            1 => 256UL + BinaryPrimitives.ReadUInt16LittleEndian(content),
            2 => BinaryPrimitives.ReadUInt32LittleEndian(content),
            _ => BinaryPrimitives.ReadUInt64LittleEndian(content),
        };
    }

    private static int DictionaryIdBytes(int flag) => flag == 3 ? 4 : flag;
}

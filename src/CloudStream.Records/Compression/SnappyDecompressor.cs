using System.Buffers;
using System.Buffers.Binary;

namespace CloudStream.Records.Compression;

/// <summary>
/// Snappy, block by block: the raw block that librdkafka writes, and the framed stream that the Java client and kafkajs write (xerial: a
/// magic, two versions, then blocks each after its length). Copies may reach back to the beginning of their block, so a block is what has
/// to lie in memory.
/// </summary>
internal sealed class SnappyDecompressor : Decompressor
{
    private const int FrameHeaderBytes = 16;
    private const int MaxLengthBytes = 5;

    // A copy element of three bytes gives 64 bytes at most, so no honest block claims more than this per compressed byte.
    private const int MaxExpansion = 32;

    private byte[] _plain = [];
    private int _plainBytes;
    private int _given;
    private bool _isFramed;

    public static ReadOnlySpan<byte> FrameMagic => [0x82, (byte)'S', (byte)'N', (byte)'A', (byte)'P', (byte)'P', (byte)'Y', 0];

    /// <summary>
    /// Bytes of memory that the largest block of some data takes: plain, and compressed where it does not lie in one piece.
    /// </summary>
    public static long MemoryFor(in ReadOnlySequence<byte> data)
    {
        if (!StartsWithFrame(data))
            return MemoryForBlock(data);
        var largest = 0L;
        for (var rest = data; !rest.IsEmpty;)
        {
            if (StartsWithFrame(rest))
            {
                rest = rest.Slice(Math.Min(FrameHeaderBytes, rest.Length));
                continue;
            }

            if (!TryReadBlockLength(rest, out var length) || length > rest.Length - sizeof(int))
                break;
            largest = Math.Max(largest, MemoryForBlock(rest.Slice(sizeof(int), length)));
            rest = rest.Slice(sizeof(int) + length);
        }

        return largest;
    }

    public override void Dispose() => GiveBack();

    protected override CompressionType Type => CompressionType.Snappy;

    protected override void Start()
    {
        (_plainBytes, _given) = (0, 0);
        _isFramed = StartsWithFrame(Rest);
    }

    protected override int ReadSome(Span<byte> plain)
    {
        while (_given == _plainBytes)
        {
            if (Rest.IsEmpty)
                return 0;
            if (!_isFramed)
                Decode(Rest.Length);
            else if (StartsWithFrame(Rest))
                PassFrameHeader(); // A stream may be followed by another one.
            else
                DecodeFramed();
        }

        var length = Math.Min(plain.Length, _plainBytes - _given);
        _plain.AsSpan(_given, length).CopyTo(plain);
        _given += length;
        return length;
    }

    protected override bool TryStop()
    {
        GiveBack();
        return true;
    }

    private static bool StartsWithFrame(in ReadOnlySequence<byte> data)
    {
        if (data.Length < FrameMagic.Length)
            return false;
        Span<byte> start = stackalloc byte[8];
        data.Slice(0, start.Length).CopyTo(start);
        return start.SequenceEqual(FrameMagic);
    }

    private static bool TryReadBlockLength(in ReadOnlySequence<byte> data, out int length)
    {
        length = -1;
        if (data.Length < sizeof(int))
            return false;
        Span<byte> bytes = stackalloc byte[sizeof(int)];
        data.Slice(0, sizeof(int)).CopyTo(bytes);
        length = BinaryPrimitives.ReadInt32BigEndian(bytes);
        return length >= 0;
    }

    private static bool TryReadPlainLength(in ReadOnlySequence<byte> block, out uint plainBytes, out int headerBytes)
    {
        Span<byte> start = stackalloc byte[MaxLengthBytes];
        start = start[..(int)Math.Min(MaxLengthBytes, block.Length)];
        block.Slice(0, start.Length).CopyTo(start);
        return SnappyBlock.TryReadLength(start, out plainBytes, out headerBytes);
    }

    private static long MemoryForBlock(in ReadOnlySequence<byte> block)
    {
        var gathered = block.IsSingleSegment ? 0 : block.Length;
        return gathered + (TryReadPlainLength(block, out var plain, out _) && plain <= block.Length * MaxExpansion ? plain : 0);
    }

    private void PassFrameHeader()
    {
        if (Rest.Length < FrameHeaderBytes)
            throw Damaged("the frame header is cut off");
        Consume(FrameHeaderBytes);
    }

    private void DecodeFramed()
    {
        if (Rest.Length < sizeof(int))
            throw Damaged("a block length is cut off");
        var there = Rest.Length - sizeof(int);
        if (!TryReadBlockLength(Rest, out var length) || length > there)
            throw Damaged($"a block of {length} bytes is claimed and {there} are there");
        Consume(sizeof(int));
        Decode(length);
    }

    private void Decode(long length)
    {
        var block = Rest.Slice(0, length);
        if (!TryReadPlainLength(block, out var plainBytes, out var headerBytes))
            throw Damaged("a block has no valid length");
        if (plainBytes > MaxBytes - Total)
            throw TooLarge(MaxBytes);
        if (plainBytes > length * MaxExpansion)
            throw Damaged($"a block of {length} bytes claims {plainBytes} plain bytes");
        if (_plain.Length < plainBytes)
        {
            GiveBack();
            _plain = ArrayPool<byte>.Shared.Rent((int)plainBytes);
        }

        (_given, _plainBytes) = (0, 0);
        if (!TryDecode(block.Slice(headerBytes), _plain.AsSpan(0, (int)plainBytes)))
            throw Damaged("a block does not decode");
        _plainBytes = (int)plainBytes;
        Consume(length);
    }

    private static bool TryDecode(in ReadOnlySequence<byte> elements, Span<byte> plain)
    {
        if (elements.IsSingleSegment)
            return SnappyBlock.TryDecode(elements.FirstSpan, plain);
        var gathered = ArrayPool<byte>.Shared.Rent((int)elements.Length);
        elements.CopyTo(gathered);
        var decoded = SnappyBlock.TryDecode(gathered.AsSpan(0, (int)elements.Length), plain);
        ArrayPool<byte>.Shared.Return(gathered);
        return decoded;
    }

    private void GiveBack()
    {
        if (_plain.Length > 0)
            ArrayPool<byte>.Shared.Return(_plain);
        (_plain, _plainBytes, _given) = ([], 0, 0);
    }
}

using System.Buffers;
using System.Buffers.Binary;
using System.IO.Hashing;
using K4os.Compression.LZ4;

namespace CloudStream.Records.Compression;

/// <summary>
/// LZ4 frames, where the system has no liblz4. Blocks are decoded by K4os; the frame around them is read here, since that library's own
/// reader of frames allocates per frame, copies once more, and refuses frames that liblz4 passes over.
/// </summary>
internal sealed class ManagedLz4Decompressor : Decompressor
{
    // Buffers of larger blocks are not kept.
    private const int MaxKeptBytes = 512 * 1024;

    private readonly XxHash32 _content = new();
    private Lz4Frame _frame;
    private bool _isInFrame;
    private ulong _frameBytes;

    // What blocks may refer to, then the block: its bytes from _given to _end are still to be read.
    private byte[] _plain = [];
    private int _given;
    private int _end;
    private byte[] _gathered = [];

    public override void Dispose() => GiveBack();

    protected override CompressionType Type => CompressionType.Lz4;

    protected override void Start() => (_isInFrame, _given, _end) = (false, 0, 0);

    protected override int ReadSome(Span<byte> plain)
    {
        while (_given == _end)
        {
            if (_isInFrame)
                NextBlock();
            else if (Rest.IsEmpty)
                return 0;
            else
                BeginFrame();
        }

        var length = Math.Min(plain.Length, _end - _given);
        _plain.AsSpan(_given, length).CopyTo(plain);
        _given += length;
        return length;
    }

    protected override bool TryStop()
    {
        if (_plain.Length + _gathered.Length > MaxKeptBytes)
            GiveBack();
        return true;
    }

    private void BeginFrame()
    {
        var magic = PeekUInt32();
        if ((magic & Lz4Frame.SkippableMask) == Lz4Frame.SkippableMagic)
        {
            Consume(sizeof(uint));
            var length = ReadUInt32();
            Require(length);
            Consume(length);
            return;
        }

        if (magic != Lz4Frame.Magic)
            throw Damaged("there is no frame");
        Need(Lz4Frame.MemoryFor(Rest));
        if (Lz4Frame.TryRead(Rest, out _frame, out var headerBytes) is { } why)
            throw Damaged(why);
        Consume(headerBytes);
        (_isInFrame, _frameBytes, _given, _end) = (true, 0, 0, 0);
        _content.Reset();
        Rent(ref _plain, _frame.BlockBytes + (_frame.HasDependentBlocks ? Lz4Frame.HistoryBytes : 0));
    }

    private void NextBlock()
    {
        var lengthAndKind = ReadUInt32();
        if (lengthAndKind == 0)
        {
            EndFrame();
            return;
        }

        var length = (int)(lengthAndKind & ~Lz4Frame.PlainBlock);
        if (length > _frame.BlockBytes)
            throw Damaged($"a block of {length} bytes is claimed, the frame has blocks of at most {_frame.BlockBytes}");
        Require(length);
        var block = NextBytes(length);
        var history = KeepHistory();
        var room = _plain.AsSpan(history, _frame.BlockBytes);
        var decoded = (lengthAndKind & Lz4Frame.PlainBlock) == 0 ? Decode(block, room, _plain.AsSpan(0, history)) : Copy(block, room);
        if (decoded < 0)
            throw Damaged("a block does not decode");
        var checksum = _frame.HasBlockChecksums ? XxHash32.HashToUInt32(block) : 0;
        Consume(length);
        if (_frame.HasBlockChecksums && ReadUInt32() != checksum)
            throw Damaged("a block's checksum is wrong");
        if (_frame.HasContentChecksum)
            _content.Append(room[..decoded]);
        _frameBytes += (ulong)decoded;
        (_given, _end) = (history, history + decoded);
    }

    // A copy from 0 bytes back is invalid, and the library lets what lies in the room through as what it copied: bytes of others, since the
    // room is pooled. No block expands to more than 255 times, so a small one does not cost a large room.
    private static int Decode(ReadOnlySpan<byte> block, Span<byte> room, ReadOnlySpan<byte> history)
    {
        room[..(int)Math.Min(room.Length, 256L * (block.Length + 1))].Clear();
        return LZ4Codec.Decode(block, room, history);
    }

    private static int Copy(ReadOnlySpan<byte> block, Span<byte> room)
    {
        block.CopyTo(room);
        return block.Length;
    }

    private void EndFrame()
    {
        if (_frame.ContentBytes != 0 && _frame.ContentBytes != _frameBytes)
            throw Damaged($"the frame has {_frameBytes} plain bytes and claims {_frame.ContentBytes}");
        if (_frame.HasContentChecksum && ReadUInt32() != _content.GetCurrentHashAsUInt32())
            throw Damaged("the content's checksum is wrong");
        _isInFrame = false;
    }

    // Moves what the next block may refer to before the place where it will be decoded; the bytes of it.
    private int KeepHistory()
    {
        if (!_frame.HasDependentBlocks)
            return 0;
        var kept = Math.Min(_end, Lz4Frame.HistoryBytes);
        _plain.AsSpan(_end - kept, kept).CopyTo(_plain);
        return kept;
    }

    private ReadOnlySpan<byte> NextBytes(int length)
    {
        if (Input.Length >= length)
            return Input[..length];
        Rent(ref _gathered, _frame.BlockBytes);
        Rest.Slice(0, length).CopyTo(_gathered);
        return _gathered.AsSpan(0, length);
    }

    private uint PeekUInt32()
    {
        Require(sizeof(uint));
        Span<byte> bytes = stackalloc byte[sizeof(uint)];
        Rest.Slice(0, sizeof(uint)).CopyTo(bytes);
        return BinaryPrimitives.ReadUInt32LittleEndian(bytes);
    }

    private uint ReadUInt32()
    {
        var value = PeekUInt32();
        Consume(sizeof(uint));
        return value;
    }

    private void Require(long bytes)
    {
        if (Rest.Length < bytes)
            throw Damaged("the frame is cut off");
    }

    private static void Rent(ref byte[] buffer, int bytes)
    {
        if (buffer.Length >= bytes)
            return;
        Return(ref buffer);
        buffer = ArrayPool<byte>.Shared.Rent(bytes);
    }

    private void GiveBack()
    {
        Return(ref _plain);
        Return(ref _gathered);
        (_given, _end) = (0, 0);
    }

    private static void Return(ref byte[] buffer)
    {
        if (buffer.Length > 0)
            ArrayPool<byte>.Shared.Return(buffer);
        buffer = [];
    }
}

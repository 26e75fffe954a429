using System.Buffers;
using System.Buffers.Binary;

namespace CloudStream.Kafka.Wire;

/// <summary>
/// Writes the protocol's types into pooled chunks, with references to foreign memory between them: what comes out is a list of pieces that
/// are sent as they lie. One owner, not thread-safe, used again after <see cref="Reset"/>. Who appends a reference sees to it that the
/// memory stays valid until the pieces are sent.
/// </summary>
internal sealed partial class WireWriter : IDisposable
{
    private const int ChunkBytes = 4096;
    private readonly List<byte[]> _chunks = [];
    private readonly List<WireSegment> _segments = [];
    private int _usedSegments;
    private byte[] _chunk = [];
    private int _start;
    private int _at;
    private long _sealed;
    private WireWriter? _tagged;
    private int _frame = -1;
    private byte[] _frameChunk = [];
    private long _frameStart;

    /// <summary>Bytes written so far, references included.</summary>
    public long Length => _sealed + _at - _start;

    public void WriteBool(bool value) => Room(1)[0] = value ? (byte)1 : (byte)0;

    public void WriteInt8(sbyte value) => Room(1)[0] = (byte)value;

    public void WriteInt16(short value) => BinaryPrimitives.WriteInt16BigEndian(Room(2), value);

    public void WriteUInt16(ushort value) => BinaryPrimitives.WriteUInt16BigEndian(Room(2), value);

    public void WriteInt32(int value) => BinaryPrimitives.WriteInt32BigEndian(Room(4), value);

    public void WriteUInt32(uint value) => BinaryPrimitives.WriteUInt32BigEndian(Room(4), value);

    public void WriteInt64(long value) => BinaryPrimitives.WriteInt64BigEndian(Room(8), value);

    public void WriteFloat64(double value) => BinaryPrimitives.WriteDoubleBigEndian(Room(8), value);

    public void WriteUuid(Guid value) => value.TryWriteBytes(Room(16), bigEndian: true, out _);

    public void WriteUnsignedVarint(uint value)
    {
        while (value > 0x7f)
        {
            Room(1)[0] = (byte)(value | 0x80);
            value >>= 7;
        }

        Room(1)[0] = (byte)value;
    }

    /// <summary>Says whether a nullable structure follows.</summary>
    public void WritePresence(bool present) => WriteInt8(present ? (sbyte)1 : (sbyte)-1);

    /// <summary>Puts a piece of foreign memory in its place, without copying it.</summary>
    public void AppendReference(ReadOnlyMemory<byte> memory)
    {
        if (memory.IsEmpty)
            return;
        Seal();
        Add(memory);
    }

    /// <summary>
    /// Begins a frame: four bytes for its size, filled in by <see cref="EndFrame"/>. Frames follow one another in one writer.
    /// </summary>
    public void BeginFrame()
    {
        Room(4).Clear();
        (_frame, _frameChunk, _frameStart) = (_at - 4, _chunk, Length);
    }

    /// <summary>Ends the frame that was begun last, and says how many bytes it has without its size.</summary>
    public int EndFrame()
    {
        if (_frame < 0)
            throw new InvalidOperationException("No frame was begun.");
        var size = checked((int)(Length - _frameStart));
        BinaryPrimitives.WriteInt32BigEndian(_frameChunk.AsSpan(_frame), size);
        _frame = -1;
        return size;
    }

    /// <summary>Everything written so far, valid until <see cref="Reset"/>.</summary>
    public ReadOnlySequence<byte> Complete()
    {
        Seal();
        if (_usedSegments == 0)
            return ReadOnlySequence<byte>.Empty;
        var last = _segments[_usedSegments - 1];
        return new ReadOnlySequence<byte>(_segments[0], 0, last, last.Memory.Length);
    }

    /// <summary>
    /// Forgets what was written. References are dropped, chunks go back to the pool but for the last, which is written again.
    /// </summary>
    public void Reset()
    {
        for (var i = 0; i < _usedSegments; i++)
            _segments[i].Clear();
        for (var i = 0; i < _chunks.Count - 1; i++)
            ArrayPool<byte>.Shared.Return(_chunks[i]);
        if (_chunks.Count > 1)
            _chunks.RemoveRange(0, _chunks.Count - 1);
        (_usedSegments, _start, _at, _sealed, _frame) = (0, 0, 0, 0, -1);
    }

    /// <summary>Gives everything back to the pool; the writer may be used again.</summary>
    public void Dispose()
    {
        Reset();
        foreach (var chunk in _chunks)
            ArrayPool<byte>.Shared.Return(chunk);
        _chunks.Clear();
        _chunk = [];
        _tagged?.Dispose();
        _tagged = null;
    }

    private Span<byte> Room(int bytes)
    {
        if (_chunk.Length - _at < bytes)
            Grow(bytes);
        var room = _chunk.AsSpan(_at, bytes);
        _at += bytes;
        return room;
    }

    private void Grow(int bytes)
    {
        Seal();
        _chunk = ArrayPool<byte>.Shared.Rent(Math.Max(ChunkBytes, bytes));
        _chunks.Add(_chunk);
        _start = _at = 0;
    }

    private void Seal()
    {
        if (_at == _start)
            return;
        Add(_chunk.AsMemory(_start, _at - _start));
        _start = _at;
    }

    private void Add(ReadOnlyMemory<byte> memory)
    {
        if (_usedSegments == _segments.Count)
            _segments.Add(new WireSegment());
        var segment = _segments[_usedSegments];
        segment.Set(memory, _sealed);
        if (_usedSegments > 0)
            _segments[_usedSegments - 1].Append(segment);
        _usedSegments++;
        _sealed += memory.Length;
    }
}

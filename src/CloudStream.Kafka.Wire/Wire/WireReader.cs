using System.Buffers;
using System.Buffers.Binary;
using System.Runtime.CompilerServices;

namespace CloudStream.Kafka.Wire;

/// <summary>
/// Reads the protocol's types from the bytes of one message, however they are cut into segments. Nothing throws for what the bytes say: the
/// first failure is kept, from then on every read answers zero, null or nothing, and the caller looks once, at the end. Every length and
/// count is checked against the bytes that remain before room is made for it.
/// </summary>
internal ref partial struct WireReader
{
    /// <summary>
    /// The most elements that the arrays of one message may have together: what bounds the objects that a message of tiny elements makes.
    /// </summary>
    public const int MaxElements = 1_000_000;

    // What is left, beginning with the segment that the span shows.
    private ReadOnlySequence<byte> _rest;
    private ReadOnlySpan<byte> _span;
    private int _at;
    private long _before;
    private long _length;
    private int _elements;

    public WireReader(ReadOnlySequence<byte> bytes)
    {
        _rest = bytes;
        _span = bytes.FirstSpan;
        _length = bytes.Length;
    }

    /// <summary>Bytes read so far.</summary>
    public readonly long Position => _before + _at;

    /// <summary>Bytes not read yet; 0 after a failure.</summary>
    public readonly long Remaining => _length - Position;

    /// <summary>The first failure; its reason is None while there is none.</summary>
    public WireFailure Failure { get; private set; }

    public readonly bool HasFailed => Failure.Reason != WireFailureReason.None;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool ReadBool(string field) => ReadUInt8(field) != 0;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public sbyte ReadInt8(string field) => (sbyte)ReadUInt8(field);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public short ReadInt16(string field)
    {
        if (_span.Length - _at < sizeof(short))
            return (short)ReadAcross(sizeof(short), field);
        var value = BinaryPrimitives.ReadInt16BigEndian(_span[_at..]);
        _at += sizeof(short);
        return value;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ushort ReadUInt16(string field) => (ushort)ReadInt16(field);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int ReadInt32(string field)
    {
        if (_span.Length - _at < sizeof(int))
            return (int)ReadAcross(sizeof(int), field);
        var value = BinaryPrimitives.ReadInt32BigEndian(_span[_at..]);
        _at += sizeof(int);
        return value;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public uint ReadUInt32(string field) => (uint)ReadInt32(field);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public long ReadInt64(string field)
    {
        if (_span.Length - _at < sizeof(long))
            return ReadAcross(sizeof(long), field);
        var value = BinaryPrimitives.ReadInt64BigEndian(_span[_at..]);
        _at += sizeof(long);
        return value;
    }

    public double ReadFloat64(string field) => BitConverter.Int64BitsToDouble(ReadInt64(field));

    /// <summary>In the order of its digits, as Java writes it.</summary>
    public Guid ReadUuid(string field)
    {
        Span<byte> bytes = stackalloc byte[16];
        BinaryPrimitives.WriteInt64BigEndian(bytes, ReadInt64(field));
        BinaryPrimitives.WriteInt64BigEndian(bytes[8..], ReadInt64(field));
        return HasFailed ? Guid.Empty : new Guid(bytes, bigEndian: true);
    }

    /// <summary>At most 32 bits, seven to a byte, the lowest first.</summary>
    public uint ReadUnsignedVarint(string field)
    {
        var value = 0u;
        for (var shift = 0; shift <= 28; shift += 7)
        {
            var next = ReadUInt8(field);
            if (shift == 28 && next > 0x0f)
                break;
            value |= (uint)(next & 0x7f) << shift;
            if (next < 0x80)
                return value;
        }

        Fail(WireFailureReason.BadVarint, field, value, uint.MaxValue);
        return 0;
    }

    /// <summary>Whether a nullable structure follows.</summary>
    public bool ReadPresence(string field) => ReadInt8(field) >= 0 && !HasFailed;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private byte ReadUInt8(string field) => (uint)_at < (uint)_span.Length ? _span[_at++] : (byte)ReadAcross(1, field);

    // The bytes lie in more than one segment, or are not there: then 0.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private long ReadAcross(int count, string field)
    {
        if (Remaining < count)
        {
            Fail(WireFailureReason.TooShort, field, count, Remaining);
            return 0;
        }

        var value = 0L;
        foreach (var piece in _rest.Slice(_at, count))
        {
            foreach (var next in piece.Span)
                value = (value << 8) | next;
        }

        Advance(count);
        return value;
    }

    // Moves on by bytes that are known to be there.
    private void Advance(long count)
    {
        if (count <= _span.Length - _at)
        {
            _at += (int)count;
            return;
        }

        _rest = _rest.Slice(_at + count);
        _before += _at + count;
        _span = _rest.FirstSpan;
        _at = 0;
    }

    private void Fail(WireFailureReason reason, string field, long value, long limit)
    {
        if (HasFailed)
            return;
        Failure = new WireFailure(field, Position, reason, value, limit);
        _before = _length = Position;
        _span = default;
        _rest = default;
        _at = 0;
    }
}

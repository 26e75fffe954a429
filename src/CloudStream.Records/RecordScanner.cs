using System.Buffers;
using CloudStream.Records.Compression;

namespace CloudStream.Records;

/// <summary>
/// Walks the records of one batch without gathering them: over the pieces of an uncompressed batch where they lie, over what a decompressor
/// gives out piece by piece otherwise. Says what brokers ask of a record (offset, timestamp, whether there is a key) and whether all of
/// them are sound, as Kafka judges that. Holds 64 KiB and what <see cref="MemoryFor"/> says, never the records; allocates nothing per
/// record. Dispose it.
/// </summary>
public ref struct RecordScanner
{
    private const int PieceBytes = 64 * 1024;

    private readonly CompressionCodec? _codec;
    private readonly long _baseOffset;
    private readonly long _baseTimestamp;
    private readonly int _count;
    private readonly bool _isStored;
    private Decompressor? _decompressor;
    private byte[]? _buffer;
    private ReadOnlySequence<byte> _rest;
    private ReadOnlySpan<byte> _piece;
    private int _at;
    private long _passed;
    private int _lastDelta;

    /// <summary>Begins before the first record.</summary>
    /// <param name="batch">Exactly one batch, its header included. Must not change until this is disposed.</param>
    /// <param name="maxDecompressedBytes">Most bytes that the batch's records may decompress to.</param>
    /// <param name="isStored">The batch comes from a log, where records may be missing from a batch; one that is produced has them
    /// all.</param>
    public RecordScanner(in ReadOnlySequence<byte> batch, int maxDecompressedBytes, bool isStored = false)
    {
        Span<byte> copy = stackalloc byte[RecordBatchLayout.HeaderBytes];
        batch.Slice(0, RecordBatchLayout.HeaderBytes).CopyTo(copy);
        var header = new RecordBatchHeader(copy);
        (_baseOffset, _baseTimestamp, _count, _isStored) = (header.BaseOffset, header.BaseTimestamp, header.RecordCount, isStored);
        LastOffsetDelta = header.LastOffsetDelta;
        LogAppendTime = header.TimestampType == TimestampType.LogAppendTime ? header.MaxTimestamp : null;
        (Index, _lastDelta) = (-1, -1);
        _rest = batch.Slice(RecordBatchLayout.HeaderBytes);
        if (header.Compression > CompressionType.Zstd)
            Complaint = $"has unknown compression type {(int)header.Compression}";
        else if (header.Compression != CompressionType.None && _count > 0)
            (_codec, Complaint) = Open(CompressionCodec.For(header.Compression), maxDecompressedBytes);
    }

    /// <summary>Which record this is, counted from 0; at a fault the record that has it.</summary>
    public int Index { get; private set; }

    public readonly long Offset => unchecked(_baseOffset + _lastDelta);

    /// <summary>
    /// Milliseconds since the Unix epoch as the record's producer set them, or the batch's log append time where a broker stamped it.
    /// </summary>
    public readonly long Timestamp => LogAppendTime ?? ProducerTimestamp;

    /// <summary>Milliseconds since the Unix epoch as the record's producer set them.</summary>
    public long ProducerTimestamp { get; private set; }

    /// <summary>Whether the record has a key, an empty one included.</summary>
    public bool HasKey { get; private set; }

    /// <summary>The batch says that a broker stamped its records.</summary>
    public readonly bool IsStamped => LogAppendTime is not null;

    /// <summary>What is wrong, to go on a sentence that begins with the batch; null when nothing is.</summary>
    public string? Complaint { get; private set; }

    /// <summary>What is wrong is that the batch decompresses to more than the limit.</summary>
    public bool IsTooLarge { get; private set; }

    private readonly int LastOffsetDelta { get; }

    private readonly long? LogAppendTime { get; }

    /// <summary>
    /// Bytes of memory that a walk takes besides its fixed 64 KiB, as the batch's own headers claim: windows, blocks. 0 for an uncompressed
    /// batch.
    /// </summary>
    /// <param name="batch">Exactly one batch, its header included.</param>
    public static long MemoryFor(in ReadOnlySequence<byte> batch)
    {
        Span<byte> copy = stackalloc byte[RecordBatchLayout.HeaderBytes];
        batch.Slice(0, RecordBatchLayout.HeaderBytes).CopyTo(copy);
        var type = new RecordBatchHeader(copy).Compression;
        return type is CompressionType.None or > CompressionType.Zstd
            ? 0
            : PieceBytes + CompressionCodec.For(type).MemoryFor(batch.Slice(RecordBatchLayout.HeaderBytes));
    }

    /// <summary>Goes to the next record.</summary>
    /// <returns>False at the end, which is a good one where <see cref="Complaint"/> is null.</returns>
    public bool MoveNext()
    {
        if (Complaint is not null)
            return false;
        if (Index + 1 >= _count)
            return CheckEnd();
        Index++;
        return TryReadLength(out var length) && TryReadRecord(length);
    }

    public void Dispose()
    {
        if (_decompressor is not null)
            _codec!.Close(_decompressor);
        if (_buffer is not null)
            ArrayPool<byte>.Shared.Return(_buffer);
        (_decompressor, _buffer) = (null, null);
        _piece = default;
    }

    private readonly long Position => _passed + _at;

    private (CompressionCodec? Codec, string? Complaint) Open(CompressionCodec codec, int maxBytes)
    {
        try
        {
            _decompressor = codec.Open(_rest, maxBytes, codec.MemoryFor(_rest));
            _buffer = ArrayPool<byte>.Shared.Rent(PieceBytes);
            return (codec, null);
        }
        catch (CompressedDataException e)
        {
            return (null, Cannot(e));
        }
    }

    // Record by record is how a batch is judged; what is left over afterwards, or never came, is the batch's own fault.
    private bool CheckEnd()
    {
        if (_at < _piece.Length || TryNextPiece())
            Complaint = $"has bytes after the last of its {_count} records";
        return false;
    }

    private bool TryReadLength(out int length)
    {
        if (!TryReadInt32(out length))
            return Fail($"is cut off or malformed at the length of record {Index}: its header counts {_count} records");
        return length >= 0 || Fail($"gives record {Index} a length of {length} bytes");
    }

    private bool TryReadRecord(int length)
    {
        long timestampDelta;
        int offsetDelta, keyLength;
        if (length <= _piece.Length - _at)
        {
            if (!TryReadWhole(_piece.Slice(_at, length), out timestampDelta, out offsetDelta, out keyLength))
                return Fail($"is malformed inside record {Index}");
            _at += length;
        }
        else
        {
            // What is not compressed says at once whether so many bytes are there.
            if (_decompressor is null && length > _piece.Length - _at + _rest.Length)
                return Fail($"is cut off inside record {Index}, which claims {length} bytes");
            if (!TryReadPieces(Position + length, out timestampDelta, out offsetDelta, out keyLength))
                return Fail($"is malformed inside record {Index}");
        }

        if (_isStored ? offsetDelta <= _lastDelta || offsetDelta > LastOffsetDelta : offsetDelta != Index)
            return Fail($"gives record {Index} the offset delta {offsetDelta}");
        (_lastDelta, HasKey, ProducerTimestamp) = (offsetDelta, keyLength >= 0, unchecked(_baseTimestamp + timestampDelta));
        return true;
    }

    // Nearly every record lies in one piece.
    private static bool TryReadWhole(ReadOnlySpan<byte> record, out long timestampDelta, out int offsetDelta, out int keyLength)
    {
        (timestampDelta, offsetDelta, keyLength) = (0, 0, 0);
        var at = 1; // The attributes byte has no meaning yet; Kafka ignores it, too.
        return !record.IsEmpty
            && Varint.TryReadInt64(record, ref at, out timestampDelta)
            && Varint.TryReadInt32(record, ref at, out offsetDelta)
            && TrySkipBytes(record, ref at, out keyLength)
            && TrySkipBytes(record, ref at, out _)
            && TrySkipHeaders(record, ref at)
            && at == record.Length;
    }

    private static bool TrySkipHeaders(ReadOnlySpan<byte> record, ref int at)
    {
        if (!Varint.TryReadInt32(record, ref at, out var count) || count < 0 || count > (record.Length - at) / 2)
            return false;
        for (var i = 0; i < count; i++)
        {
            if (!TrySkipBytes(record, ref at, out var keyLength) || keyLength < 0 || !TrySkipBytes(record, ref at, out _))
                return false;
        }

        return true;
    }

    // A length of -1 is null.
    private static bool TrySkipBytes(ReadOnlySpan<byte> record, ref int at, out int length)
    {
        if (!Varint.TryReadInt32(record, ref at, out length) || length < -1 || length > record.Length - at)
            return false;
        at += Math.Max(length, 0);
        return true;
    }

    private bool TryReadPieces(long end, out long timestampDelta, out int offsetDelta, out int keyLength)
    {
        (timestampDelta, offsetDelta, keyLength) = (0, 0, 0);
        return TrySkip(1, end)
            && TryReadInt64(out timestampDelta)
            && TryReadInt32(out offsetDelta)
            && TrySkipBytes(end, out keyLength)
            && TrySkipBytes(end, out _)
            && TrySkipHeaders(end)
            && Position == end;
    }

    // Each header takes two bytes at least, which bounds the count before anything is read.
    private bool TrySkipHeaders(long end)
    {
        if (!TryReadInt32(out var count) || count < 0 || count > (end - Position) / 2)
            return false;
        for (var i = 0; i < count; i++)
        {
            if (!TrySkipBytes(end, out var keyLength) || keyLength < 0 || !TrySkipBytes(end, out _))
                return false;
        }

        return true;
    }

    private bool TrySkipBytes(long end, out int length) => TryReadInt32(out length) && length >= -1 && TrySkip(Math.Max(length, 0), end);

    private bool TrySkip(int bytes, long end)
    {
        if (bytes > end - Position)
            return false;
        while (bytes > _piece.Length - _at)
        {
            bytes -= _piece.Length - _at;
            if (!TryNextPiece())
                return false;
        }

        _at += bytes;
        return true;
    }

    private bool TryReadInt32(out int value)
    {
        if (_piece.Length - _at >= Varint.MaxBytes32)
            return Varint.TryReadInt32(_piece, ref _at, out value);
        Span<byte> bytes = stackalloc byte[Varint.MaxBytes32];
        var at = 0;
        return Varint.TryReadInt32(bytes[..Gather(bytes)], ref at, out value);
    }

    private bool TryReadInt64(out long value)
    {
        if (_piece.Length - _at >= Varint.MaxBytes64)
            return Varint.TryReadInt64(_piece, ref _at, out value);
        Span<byte> bytes = stackalloc byte[Varint.MaxBytes64];
        var at = 0;
        return Varint.TryReadInt64(bytes[..Gather(bytes)], ref at, out value);
    }

    // The bytes of one varint that may lie across pieces.
    private int Gather(scoped Span<byte> bytes)
    {
        for (var i = 0; i < bytes.Length; i++)
        {
            if (_at == _piece.Length && !TryNextPiece())
                return i;
            bytes[i] = _piece[_at++];
            if (bytes[i] < 0x80)
                return i + 1;
        }

        return bytes.Length;
    }

    private bool TryNextPiece()
    {
        _passed += _piece.Length;
        _at = 0;
        _piece = default;
        _piece = _decompressor is null ? NextStored() : Decompress();
        return !_piece.IsEmpty;
    }

    private ReadOnlySpan<byte> NextStored()
    {
        while (!_rest.IsEmpty)
        {
            var piece = _rest.FirstSpan;
            _rest = _rest.Slice(_rest.GetPosition(piece.Length));
            if (!piece.IsEmpty)
                return piece;
        }

        return default;
    }

    private ReadOnlySpan<byte> Decompress()
    {
        try
        {
            return _buffer.AsSpan(0, _decompressor!.Read(_buffer.AsSpan(0, PieceBytes)));
        }
        catch (CompressedDataException e)
        {
            Complaint = Cannot(e);
            return default;
        }
    }

    private string Cannot(CompressedDataException e)
    {
        IsTooLarge = e.IsTooLarge;
        return $"cannot be decompressed: {e.Message.TrimEnd('.')}";
    }

    // The first complaint is the cause of those that follow.
    private bool Fail(string complaint)
    {
        Complaint ??= complaint;
        return false;
    }
}

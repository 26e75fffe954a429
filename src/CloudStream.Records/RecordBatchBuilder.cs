using System.Buffers.Binary;
using System.Text;
using CloudStream.Records.Compression;

namespace CloudStream.Records;

/// <summary>
/// Builds one record batch at a time in pooled memory: append records, <see cref="Build"/>, send, <see cref="Reset()"/>, again. Allocates
/// nothing per record. Not thread-safe.
/// </summary>
public sealed class RecordBatchBuilder : IDisposable
{
    private readonly PooledBuffer _records;
    private RecordBatchOptions _options;
    private PooledBuffer? _compressed;
    private long _baseTimestamp;
    private long _maxTimestamp;
    private int _lastOffsetDelta;
    private bool _disposed;

    public RecordBatchBuilder(RecordBatchOptions? options = null)
    {
        _options = options ?? new RecordBatchOptions();
        _records = new PooledBuffer(_options.InitialCapacity);
        Reset();
    }

    public int RecordCount { get; private set; }

    /// <summary>Bytes of the batch if it were built without compression; with compression it is nearly always smaller.</summary>
    public int EstimatedBytes => _records.Length;

    /// <summary>
    /// Upper bound of the bytes that a record adds to an uncompressed batch, to be added to <see cref="EstimatedBytes"/> before appending.
    /// </summary>
    public static long MaxRecordBytes(int keyBytes, int valueBytes, IReadOnlyList<RecordHeader>? headers = null) =>
        (5 * Varint.MaxBytes32) + 1 + Varint.MaxBytes64 + (long)keyBytes + valueBytes + HeaderBytes(headers);

    /// <summary>
    /// Appends a record with the next offset; the timestamp is in milliseconds since the Unix epoch. A span is never null: for a null key
    /// or value take another overload.
    /// </summary>
    public void Append(long timestampMs, ReadOnlySpan<byte> key, ReadOnlySpan<byte> value, IReadOnlyList<RecordHeader>? headers = null) =>
        Append(_lastOffsetDelta + 1, timestampMs, key, false, value, false, headers);

    /// <summary>
    /// Appends a record with the next offset; key and value may be null. The timestamp is in milliseconds since the Unix epoch.
    /// </summary>
    public void Append(long timestampMs, ReadOnlyMemory<byte>? key, ReadOnlyMemory<byte>? value,
        IReadOnlyList<RecordHeader>? headers = null) =>
            AppendAt(_lastOffsetDelta + 1, timestampMs, key, value, headers);

    /// <summary>
    /// Appends a record with the next offset; key and value may be null. The timestamp is in milliseconds since the Unix epoch.
    /// </summary>
    public void Append(long timestampMs, byte[]? key, byte[]? value, IReadOnlyList<RecordHeader>? headers = null) =>
        Append(_lastOffsetDelta + 1, timestampMs, key, key is null, value, value is null, headers);

    /// <summary>Appends a record with the next offset; the key may be null, so that a literal null is never an empty span.</summary>
    public void Append(long timestampMs, byte[]? key, ReadOnlySpan<byte> value, IReadOnlyList<RecordHeader>? headers = null) =>
        Append(_lastOffsetDelta + 1, timestampMs, key, key is null, value, false, headers);

    /// <summary>Appends a record with the next offset; the value may be null, so that a literal null is never an empty span.</summary>
    public void Append(long timestampMs, ReadOnlySpan<byte> key, byte[]? value, IReadOnlyList<RecordHeader>? headers = null) =>
        Append(_lastOffsetDelta + 1, timestampMs, key, false, value, value is null, headers);

    /// <summary>
    /// Appends a record with an offset of its own, for batches that keep gaps (compaction). The delta is the offset minus the base offset,
    /// larger than that of the record before.
    /// </summary>
    public void AppendAt(
        int offsetDelta, long timestampMs, ReadOnlyMemory<byte>? key, ReadOnlyMemory<byte>? value,
        IReadOnlyList<RecordHeader>? headers = null) =>
        Append(offsetDelta, timestampMs, key.GetValueOrDefault().Span, key is null, value.GetValueOrDefault().Span, value is null, headers);

    /// <summary>
    /// The finished batch. Valid until the next append, <see cref="Reset()"/> or <see cref="Dispose"/>; may be called again.
    /// </summary>
    /// <exception cref="InvalidOperationException">There is no record.</exception>
    public ReadOnlyMemory<byte> Build()
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        if (RecordCount == 0)
            throw new InvalidOperationException("A record batch needs at least one record.");
        var batch = _options.Compression == CompressionType.None ? _records : Compress();
        WriteHeader(batch.WrittenSpan);
        return batch.WrittenMemory;
    }

    /// <summary>Forgets the records and keeps the buffers and options.</summary>
    public void Reset()
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        _records.Clear();
        _records.GetSpan(RecordBatchLayout.HeaderBytes);
        _records.Advance(RecordBatchLayout.HeaderBytes);
        RecordCount = 0;
        _lastOffsetDelta = -1;
    }

    /// <summary>Writes this producer and base sequence into the header from the next <see cref="Build"/> on; the records stay.</summary>
    public void SetProducer(long producerId, short producerEpoch, int baseSequence) => _options = _options with
    {
        ProducerId = producerId,
        ProducerEpoch = producerEpoch,
        BaseSequence = baseSequence,
    };

    /// <summary>Forgets the records and goes on with other options, such as the next base sequence.</summary>
    public void Reset(RecordBatchOptions options)
    {
        _options = options;
        Reset();
    }

    public void Dispose()
    {
        _records.Dispose();
        _compressed?.Dispose();
        RecordCount = 0;
        _disposed = true;
    }

    private void Append(
        int offsetDelta,
        long timestampMs,
        ReadOnlySpan<byte> key,
        bool keyIsNull,
        ReadOnlySpan<byte> value,
        bool valueIsNull,
        IReadOnlyList<RecordHeader>? headers)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(offsetDelta, _lastOffsetDelta);
        var firstTimestamp = RecordCount == 0 ? timestampMs : _baseTimestamp;
        var timestampDelta = unchecked(timestampMs - firstTimestamp);
        var headerCount = headers?.Count ?? 0;
        var keyLength = keyIsNull ? -1 : key.Length;
        var valueLength = valueIsNull ? -1 : value.Length;
        var body = 1 + Varint.SizeOfInt64(timestampDelta) + Varint.SizeOfInt32(offsetDelta) + Varint.SizeOfInt32(
            keyLength) + (long)key.Length
            + Varint.SizeOfInt32(valueLength) + value.Length + Varint.SizeOfInt32(headerCount) + HeaderBytes(headers);
        if (body > Array.MaxLength - Varint.MaxBytes32 - _records.Length)
            throw new InvalidOperationException($"A record of {body} bytes does not fit into a batch that holds {_records.Length} bytes.");

        var bodyBytes = (int)body;
        var target = new RecordWriter(_records.GetSpan(Varint.MaxBytes32 + bodyBytes));
        target.Int32(bodyBytes);
        target.Byte(0);
        target.Int64(timestampDelta);
        target.Int32(offsetDelta);
        target.Int32(keyLength);
        target.Bytes(key);
        target.Int32(valueLength);
        target.Bytes(value);
        target.Int32(headerCount);
        for (var i = 0; i < headerCount; i++)
            target.Header(headers![i]);
        _records.Advance(target.Written);
        Count(offsetDelta, timestampMs);
    }

    private void Count(int offsetDelta, long timestampMs)
    {
        if (RecordCount == 0)
            (_baseTimestamp, _maxTimestamp) = (timestampMs, timestampMs);
        _maxTimestamp = Math.Max(_maxTimestamp, timestampMs);
        _lastOffsetDelta = offsetDelta;
        RecordCount++;
    }

    private static long HeaderBytes(IReadOnlyList<RecordHeader>? headers)
    {
        if (headers is null)
            return 0;
        long bytes = 0;
        for (var i = 0; i < headers.Count; i++)
        {
            var keyBytes = Encoding.UTF8.GetByteCount(headers[i].Key);
            var valueBytes = headers[i].Value?.Length ?? -1;
            bytes += Varint.SizeOfInt32(keyBytes) + (long)keyBytes + Varint.SizeOfInt32(valueBytes) + Math.Max(valueBytes, 0);
        }

        return bytes;
    }

    private PooledBuffer Compress()
    {
        _compressed ??= new PooledBuffer(_options.InitialCapacity);
        _compressed.Clear();
        _compressed.GetSpan(RecordBatchLayout.HeaderBytes);
        _compressed.Advance(RecordBatchLayout.HeaderBytes);
        CompressionCodec.For(_options.Compression)
            .Compress(_records.WrittenSpan[RecordBatchLayout.HeaderBytes..], _compressed, _options.CompressionLevel);
        return _compressed;
    }

    private void WriteHeader(Span<byte> batch)
    {
        BinaryPrimitives.WriteInt64BigEndian(batch[RecordBatchLayout.BaseOffset..], _options.BaseOffset);
        BinaryPrimitives.WriteInt32BigEndian(batch[RecordBatchLayout.BatchLength..], batch.Length - RecordBatchLayout.LogOverheadBytes);
        BinaryPrimitives.WriteInt32BigEndian(batch[RecordBatchLayout.PartitionLeaderEpoch..], _options.PartitionLeaderEpoch);
        batch[RecordBatchLayout.Magic] = RecordBatchLayout.CurrentMagic;
        BinaryPrimitives.WriteInt16BigEndian(batch[RecordBatchLayout.Attributes..], Attributes());
        BinaryPrimitives.WriteInt32BigEndian(batch[RecordBatchLayout.LastOffsetDelta..], _lastOffsetDelta);
        BinaryPrimitives.WriteInt64BigEndian(batch[RecordBatchLayout.BaseTimestamp..], _baseTimestamp);
        BinaryPrimitives.WriteInt64BigEndian(batch[RecordBatchLayout.MaxTimestamp..], _maxTimestamp);
        BinaryPrimitives.WriteInt64BigEndian(batch[RecordBatchLayout.ProducerId..], _options.ProducerId);
        BinaryPrimitives.WriteInt16BigEndian(batch[RecordBatchLayout.ProducerEpoch..], _options.ProducerEpoch);
        BinaryPrimitives.WriteInt32BigEndian(batch[RecordBatchLayout.BaseSequence..], _options.BaseSequence);
        BinaryPrimitives.WriteInt32BigEndian(batch[RecordBatchLayout.RecordCount..], RecordCount);
        RecordBatchLayout.UpdateCrc(batch);
    }

    private short Attributes() => (short)((int)_options.Compression
        | (_options.TimestampType == TimestampType.LogAppendTime ? RecordBatchLayout.LogAppendTimeMask : 0)
        | (_options.IsTransactional ? RecordBatchLayout.TransactionalMask : 0)
        | (_options.IsControl ? RecordBatchLayout.ControlMask : 0));

    /// <summary>Writes a record's fields one after another into a span that is known to be big enough.</summary>
    private ref struct RecordWriter(Span<byte> target)
    {
        private readonly Span<byte> _target = target;

        public int Written { get; private set; }

        public void Byte(byte value) => _target[Written++] = value;

        public void Int32(int value) => Written += Varint.WriteInt32(_target[Written..], value);

        public void Int64(long value) => Written += Varint.WriteInt64(_target[Written..], value);

        public void Bytes(ReadOnlySpan<byte> value)
        {
            value.CopyTo(_target[Written..]);
            Written += value.Length;
        }

        public void Header(in RecordHeader header)
        {
            Int32(Encoding.UTF8.GetByteCount(header.Key));
            Written += Encoding.UTF8.GetBytes(header.Key, _target[Written..]);
            Int32(header.Value?.Length ?? -1);
            Bytes(header.Value.GetValueOrDefault().Span);
        }
    }
}

using CloudStream.Records.Compression;

namespace CloudStream.Records;

/// <summary>
/// Iterates the records of consecutive batches, decompressing a batch when its first record is asked for. Allocates nothing per record.
/// Records of uncompressed batches point into the caller's memory, others into pooled memory that <see cref="Dispose"/> gives back.
/// Not thread-safe.
/// </summary>
/// <remarks>
/// Bad data throws <see cref="InvalidRecordBatchException"/> and nothing else, whatever the bytes are; records before it were good.
/// </remarks>
public sealed partial class RecordReader : IDisposable
{
    private readonly RecordReaderOptions _options;
    private readonly ReadOnlyMemory<byte> _batches;
    private readonly long _fromOffset;
    private readonly List<PooledBuffer> _decompressed = [];
    private int _nextBatch;
    private int _batchStart;
    private ReadOnlyMemory<byte> _records;
    private RecordParser _parser;
    private bool _disposed;

    internal RecordReader(ReadOnlyMemory<byte> batches, long fromOffset, RecordReaderOptions? options)
    {
        _batches = batches;
        _fromOffset = fromOffset;
        _options = options ?? RecordReaderOptions.Default;
    }

    /// <summary>
    /// The offset after the last batch that was begun, batches that were passed over included; -1 before the first. When
    /// <see cref="TryRead"/> has returned false this is where a consumer goes on.
    /// </summary>
    public long NextOffset { get; private set; } = -1;

    /// <summary>Reads the next record.</summary>
    /// <returns>False after the last record of the last batch.</returns>
    /// <exception cref="InvalidRecordBatchException">The bytes are not whole, intact record batches.</exception>
    public bool TryRead(out Record record)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        do
        {
            while (_parser.Remaining == 0)
            {
                if (!TryOpenBatch())
                {
                    record = default;
                    return false;
                }
            }

            if (_parser.Next(_records, out record) is { } complaint)
                throw Bad(complaint);
        }
        while (record.Offset < _fromOffset);
        return true;
    }

    /// <summary>For <c>foreach</c>: the same as calling <see cref="TryRead"/> until it returns false.</summary>
    public Enumerator GetEnumerator() => new(this);

    public void Dispose()
    {
        _disposed = true;
        foreach (var buffer in _decompressed)
            buffer.Dispose();
        _decompressed.Clear();
        _records = default;
    }

    private bool TryOpenBatch()
    {
        while (true)
        {
            var walk = new RecordBatchEnumerator(_batches.Span[_nextBatch..]);
            _batchStart = _nextBatch;
            if (!walk.MoveNext())
                return walk.Status == BatchReadStatus.End ? false : throw Bad(Describe(walk.Status));
            var header = walk.Current;
            CheckHeader(header, walk.CurrentBytes);
            var isWanted = header.LastOffset >= _fromOffset && (!header.IsControl || _options.IncludeControlBatches);
            if (isWanted)
                OpenRecords(header);

            // Only now: a batch that was refused is refused again, never skipped.
            _nextBatch += header.TotalBytes;
            NextOffset = header.NextOffset;
            if (isWanted)
                return true;
        }
    }

    private void CheckHeader(RecordBatchHeader header, ReadOnlySpan<byte> batch)
    {
        if (_options.VerifyCrc && !RecordBatchValidator.HasValidCrc(batch))
            throw Bad("does not match its CRC-32C");
        if (header.Compression > CompressionType.Zstd)
            throw Bad($"has unknown compression type {(int)header.Compression}");
        if (header.RecordCount < 0)
            throw Bad($"has record count {header.RecordCount}");
        if (header.LastOffsetDelta < header.RecordCount - 1)
            throw Bad($"has last offset delta {header.LastOffsetDelta}, too small for {header.RecordCount} records");
    }

    private void OpenRecords(RecordBatchHeader header)
    {
        var stored = _batches.Slice(_batchStart + RecordBatchLayout.HeaderBytes, header.TotalBytes - RecordBatchLayout.HeaderBytes);

        // A batch that compaction has emptied keeps its codec but has nothing to decompress.
        _records = header.Compression == CompressionType.None || header.RecordCount == 0 ? stored : Decompress(header.Compression, stored);
        if (header.RecordCount > _records.Length / RecordBatchValidator.MinRecordBytes)
            throw Bad($"claims {header.RecordCount} records, which its {_records.Length} bytes cannot hold");
        if (header.RecordCount == 0 && _records.Length > 0)
            throw Bad($"has {_records.Length} bytes but no records");
        _parser = new RecordParser(header);
    }

    private ReadOnlyMemory<byte> Decompress(CompressionType type, ReadOnlyMemory<byte> compressed)
    {
        var buffer = RentBuffer((int)Math.Min(4L * compressed.Length, _options.MaxDecompressedBytes));
        try
        {
            CompressionCodec.For(type).Decompress(compressed, buffer, _options.MaxDecompressedBytes);
        }
        catch (CompressedDataException e)
        {
            throw new InvalidRecordBatchException($"cannot be decompressed: {e.Message.TrimEnd('.')}", _batchStart, e);
        }

        return buffer.WrittenMemory;
    }

    private PooledBuffer RentBuffer(int capacity)
    {
        if (_options.ReleasePassedBatches && _decompressed.Count > 0)
        {
            _decompressed[0].Clear();
            return _decompressed[0];
        }

        var buffer = new PooledBuffer(capacity);
        _decompressed.Add(buffer);
        return buffer;
    }

    private InvalidRecordBatchException Bad(string complaint) => new(complaint, _batchStart);

    private static string Describe(BatchReadStatus status) => status switch
    {
        BatchReadStatus.Incomplete => "is cut off",
        BatchReadStatus.BadLength => "has an impossible length",
        _ => "is not of format 2",
    };

    /// <summary>Iterates a reader.</summary>
    public struct Enumerator
    {
        private readonly RecordReader _reader;
        private Record _current;

        internal Enumerator(RecordReader reader) => _reader = reader;

        public readonly Record Current => _current;

        public bool MoveNext() => _reader.TryRead(out _current);
    }
}

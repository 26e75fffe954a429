using CloudStream.Client.Admin;
using CloudStream.Client.Transport;
using CloudStream.Records;
using Microsoft.Extensions.Logging;

namespace CloudStream.Client.Consuming;

/// <summary>What the readers of one consumer share.</summary>
internal sealed class ReaderServices(ClientServices client, AdminClient admin, ConsumerOptions options, ILogger logger)
{
    private long _bufferedBytes;
    private int _readers = 1;

    public ClientServices Client => client;

    public AdminClient Admin => admin;

    public ConsumerOptions Options => options;

    public ILogger Logger => logger;

    public TimeProvider Time => client.Options.TimeProvider;

    /// <summary>Signalled when a partition has something for the consumer: batches, its end or an error.</summary>
    public WakeUp Ready { get; } = new();

    /// <summary>What one fetch may bring, so that the fetches of all partitions together stay within the buffer.</summary>
    public int FetchBytes => (int)Math.Clamp(options.BufferBytes / Volatile.Read(ref _readers), 1024, options.FetchBytes);

    public bool HasRoom => Interlocked.Read(ref _bufferedBytes) < options.BufferBytes;

    public void SetReaders(int count) => Volatile.Write(ref _readers, Math.Max(count, 1));

    public void Buffered(long bytes) => Interlocked.Add(ref _bufferedBytes, bytes);
}

/// <summary>
/// One partition's place: a loop fetches ahead into a bounded queue (<c>PartitionReader.Fetching.cs</c>), the consumer takes from it. Every
/// seek begins a new generation; what was fetched for an older one is dropped. The consumer's methods are called by one thread at a time,
/// seek and pause from any.
/// </summary>
internal sealed partial class PartitionReader(ReaderServices services, TopicPartitionOffset start) : IAsyncDisposable
{
    private readonly Lock _gate = new();
    private readonly Queue<ConsumedBatches> _queue = [];
    private readonly CancellationTokenSource _stop = new();
    private readonly WakeUp _wakeUp = new();
    private CancellationTokenSource _generationStop = new();
    private int _generation;
    private Offset _position = start.Offset;
    private ConsumeException? _error;
    private bool _isAtEnd;
    private long _queuedBytes;
    private Task? _loop;
    private ConsumedBatches? _current;
    private RecordReader? _records;
    private long _lastOffset = -1;

    public TopicPartition Partition { get; } = start.TopicPartition;

    public bool IsPaused { get; set; }

    /// <summary>The next offset that the consumer will get, as a number once it is known.</summary>
    public Offset Position
    {
        get
        {
            lock (_gate)
                return _position;
        }
    }

    /// <summary>Whether the records fetched together with the last one are through.</summary>
    public bool IsBatchOver => _current is null || _current.NextOffset <= _lastOffset + 1;

    /// <summary>Whether everything up to the end was delivered; only where reading is to stop there.</summary>
    public bool IsDone
    {
        get
        {
            lock (_gate)
                return _isAtEnd && _queue.Count == 0 && _current is null;
        }
    }

    public void Start()
    {
        lock (_gate)
        {
            if (_stop.IsCancellationRequested)
                return;
            if (_error is not null)
                Renew(_position);
            _loop ??= Task.Run(FetchAheadAsync);
        }
    }

    public void Seek(Offset offset)
    {
        lock (_gate)
            Renew(offset);
        services.Ready.Signal();
    }

    /// <summary>The next batches, if there are some; whoever takes them releases them.</summary>
    /// <exception cref="ConsumeException">Reading stopped here.</exception>
    public ConsumedBatches? TakeBatches()
    {
        if (_current is not null)
            Seek(Position); // Records of it were taken one by one before; the rest comes again.
        DropCurrent();
        var batches = Dequeue();
        if (batches is not null)
            MoveTo(batches.Generation, batches.NextOffset);
        return batches;
    }

    /// <summary>The next record, if there is one. It is valid until the next call.</summary>
    /// <exception cref="ConsumeException">Reading stopped here.</exception>
    public bool TryReadRecord(out Record record)
    {
        record = default;
        while (!IsPaused)
        {
            if (_current is null && !TryOpenNext())
                return false;
            if (TryReadCurrent(out record))
                return true;
            DropCurrent();
        }

        return false;
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        if (_loop is { } loop)
            await loop;
        lock (_gate)
            Clear();
        DropCurrent();
        _generationStop.Dispose();
        _stop.Dispose();
    }

    private bool TryOpenNext()
    {
        if (Dequeue() is not { } next)
            return false;
        _current = next;
        _records = next.OpenRecords();
        return true;
    }

    private bool TryReadCurrent(out Record record)
    {
        record = default;
        var batches = _current!;
        try
        {
            if (batches.Generation != Volatile.Read(ref _generation))
                return false;
            if (_records!.TryRead(out record) && record.Offset < batches.EndOffset)
            {
                _lastOffset = record.Offset;
                return MoveTo(batches.Generation, record.Offset + 1);
            }

            MoveTo(batches.Generation, Math.Min(batches.NextOffset, batches.EndOffset));
            return false;
        }
        catch (InvalidRecordBatchException e)
        {
            DropCurrent();
            Seek(Position);
            throw new ConsumeException(ErrorCode.CorruptMessage, $"{Partition}: {e.Message}", e)
            {
                TopicPartitionOffset = new TopicPartitionOffset(Partition, Position),
            };
        }
    }

    private bool MoveTo(int generation, long offset)
    {
        lock (_gate)
        {
            if (generation != _generation)
                return false;
            _position = offset;
            return true;
        }
    }

    private void DropCurrent()
    {
        _records?.Dispose();
        _current?.Release();
        (_records, _current) = (null, null);
    }

    private ConsumedBatches? Dequeue()
    {
        lock (_gate)
        {
            if (_queue.TryDequeue(out var batches))
            {
                Uncount(batches);
                _wakeUp.Signal();
                return batches;
            }

            return _error is null ? null : throw _error;
        }
    }

    private void Enqueue(ConsumedBatches batches)
    {
        lock (_gate)
        {
            if (batches.Generation != _generation || _stop.IsCancellationRequested)
            {
                batches.Release();
                return;
            }

            _queuedBytes += batches.Bytes.Length;
            services.Buffered(batches.Bytes.Length);
            _queue.Enqueue(batches);
        }

        services.Ready.Signal();
    }

    private void Renew(Offset position)
    {
        Clear();
        (_position, _error, _isAtEnd) = (position, null, false);
        _generation++;
        var old = _generationStop;
        _generationStop = new CancellationTokenSource();
        if (!_stop.IsCancellationRequested)
            _ = old.CancelAsync();
        _wakeUp.Signal();
    }

    private void Clear()
    {
        while (_queue.TryDequeue(out var batches))
        {
            Uncount(batches);
            batches.Release();
        }
    }

    private void Uncount(ConsumedBatches batches)
    {
        _queuedBytes -= batches.Bytes.Length;
        services.Buffered(-batches.Bytes.Length);
    }
}

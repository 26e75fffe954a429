using CloudStream.Client.Transport;
using CloudStream.Records;

namespace CloudStream.Client.Producing;

internal enum BatchState
{
    /// <summary>To be sent, for the first time or again.</summary>
    Waiting,

    /// <summary>A request is on its way.</summary>
    InFlight,

    /// <summary>In the log; reported when the batches before it are.</summary>
    Acknowledged,

    /// <summary>Given up; reported when the batches before it are.</summary>
    Failed,
}

/// <summary>
/// Records of one partition that travel together. Filled under its lane's lock, then owned by the lane's loop. Reused.
/// </summary>
internal sealed class ProducerBatch(ProducerOptions options) : IDisposable
{
    private readonly RecordBatchBuilder _builder = new(new RecordBatchOptions
    {
        Compression = options.Compression,
        CompressionLevel = options.CompressionLevel,
    });

    private readonly List<Delivery> _deliveries = [];
    private readonly List<BatchContent> _contents = [];

    public int RecordCount => _builder.RecordCount;

    public int Bytes => _builder.EstimatedBytes;

    /// <summary>What the records took from the producer's budget.</summary>
    public long TakenBytes { get; private set; }

    /// <summary>When the first record came, in the clock's ticks.</summary>
    public long CreatedAt { get; set; }

    /// <summary>When the earliest call came whose record it holds, in the clock's ticks: the delivery timeout counts from then.</summary>
    public long AskedAt { get; set; }

    public BatchState State { get; set; }

    /// <summary>Whether some attempt may have reached the log without our knowing.</summary>
    public bool MayHaveHappened { get; set; }

    /// <summary>Whether everything before it was settled when it was last sent.</summary>
    public bool WasFront { get; set; }

    public int Sequence { get; private set; } = -1;

    /// <summary>How often it began anew under another identity.</summary>
    public int Restarts { get; set; }

    public AppendDocument? Answer { get; private set; }

    public CloudStreamException? Error { get; private set; }

    /// <summary>The bytes to send; built once per sequence.</summary>
    public ReadOnlyMemory<byte> Built { get; private set; }

    public bool HasRoom(long recordBytes, int limit) => RecordCount == 0 || Bytes + recordBytes <= limit;

    public void Append(in ProduceRecord record, long timestampMs, long takenBytes, object? sink, object? state)
    {
        _builder.Append(timestampMs, record.Key, record.Value, record.Headers);
        TakenBytes += takenBytes;
        if (sink is not null)
            _deliveries.Add(new Delivery(RecordCount - 1, sink, state, timestampMs));
    }

    /// <summary>Compresses and seals the batch. A batch that is sent again is the same to the byte, unless its identity changed.</summary>
    /// <param name="identity">Null without idempotence.</param>
    /// <param name="sequence">Of the first record; -1 without idempotence.</param>
    public void Build(ProducerIdentity? identity, int sequence)
    {
        Sequence = sequence;
        if (identity is not null)
            _builder.SetProducer(identity.Id, identity.Epoch, sequence);
        Built = _builder.Build();
    }

    /// <summary>The batch gets another identity and sequence before it is sent again.</summary>
    public void Unbuild() => Built = default;

    public BatchContent NewContent(Action<BatchContent> written)
    {
        var content = new BatchContent(Built, written);
        _contents.Add(content);
        return content;
    }

    public void Answered(AppendDocument? answer, CloudStreamException? error) => (Answer, Error) = (answer, error);

    public void Report(TopicPartition partition, FailureLog failures)
    {
        if (State == BatchState.Acknowledged)
        {
            foreach (var delivery in _deliveries)
                delivery.Succeed(partition, Answer!.BaseOffset, Answer.LogAppendTime);
            return;
        }

        var error = ProduceException.From(Error!, partition, MayHaveHappened);
        if (RecordCount > _deliveries.Count)
            failures.Add(error, RecordCount - _deliveries.Count);
        foreach (var delivery in _deliveries)
            delivery.Fail(partition, error);
    }

    /// <summary>Makes the batch empty again.</summary>
    /// <returns>False where a broken connection may still be reading the bytes: the batch is then left to the garbage collector.</returns>
    public bool TryReset()
    {
        if (!_contents.TrueForAll(content => content.IsDone))
            return false;
        _contents.Clear();
        _deliveries.Clear();
        _builder.Reset();
        (TakenBytes, State, MayHaveHappened, Sequence, Restarts) = (0, BatchState.Waiting, false, -1, 0);
        (Answer, Error, Built) = (null, null, default);
        return true;
    }

    public void Dispose() => _builder.Dispose();
}

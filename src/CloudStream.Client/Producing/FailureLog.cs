namespace CloudStream.Client.Producing;

/// <summary>
/// Remembers that records failed about which nobody is told, until a flush reports them (only the first), and the last attempt that failed.
/// Thread-safe.
/// </summary>
internal sealed class FailureLog
{
    private readonly Lock _gate = new();
    private ProduceException? _first;
    private long _records;
    private bool _mayHaveHappened;
    private CloudStreamException? _lastAttempt;

    /// <summary>The last attempt that failed, of whatever partition; null once one has succeeded since.</summary>
    public CloudStreamException? LastAttempt
    {
        get => Volatile.Read(ref _lastAttempt);
        set => Volatile.Write(ref _lastAttempt, value);
    }

    public void Add(ProduceException error, long records)
    {
        lock (_gate)
        {
            _first ??= error;
            _records += records;
            _mayHaveHappened |= error.MayHaveHappened;
        }
    }

    /// <summary>Throws what has not been thrown yet.</summary>
    public void ThrowIfAny()
    {
        lock (_gate)
        {
            if (_first is not { } first)
                return;
            var error = new ProduceException(
                first.ErrorCode, _records == 1
                    ? first.Message
                    : $"{_records} records were not delivered. The first: {first.Message}", first)
            {
                TopicPartition = first.TopicPartition,
                FailedRecords = _records,
                IsRetriable = first.IsRetriable,
                MayHaveHappened = _mayHaveHappened,
                HttpStatus = first.HttpStatus,
                Detail = first.Detail,
            };
            (_first, _records, _mayHaveHappened) = (null, 0, false);
            throw error;
        }
    }
}

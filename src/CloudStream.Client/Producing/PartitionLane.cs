using CloudStream.Client.Transport;
using Microsoft.Extensions.Logging;

namespace CloudStream.Client.Producing;

/// <summary>What the lanes of one producer share.</summary>
internal sealed record LaneServices(
    ProducerOptions Options,
    CloudStreamClientOptions ClientOptions,
    BrokerApi Api,
    TopicCatalog Catalog,
    IdentitySource Identities,
    ByteBudget Budget,
    BatchPool Pool,
    FailureLog Failures,
    ILogger Logger,
    ProducerEnd End)
{
    public TimeProvider Time => ClientOptions.TimeProvider;

    /// <summary>
    /// What is left of the delivery timeout of a call that came then; 0 when it is over. In whole milliseconds, as timers count: rounded
    /// down, one would fire too early.
    /// </summary>
    public TimeSpan TimeLeft(long since)
    {
        var left = Options.DeliveryTimeout - Time.GetElapsedTime(since);
        return left <= TimeSpan.Zero ? TimeSpan.Zero : TimeSpan.FromMilliseconds(Math.Ceiling(left.TotalMilliseconds));
    }

    /// <param name="what">What it waited for.</param>
    /// <param name="last">The last attempt that failed; null if none did.</param>
    public CloudStreamException TimedOut(string what, CloudStreamException? last)
    {
        var why = last is null ? "." : $"; the last failure: {last.Message}";
        var words = $"it was not acknowledged within {Options.DeliveryTimeout.TotalSeconds:0.###} s; {what}{why}";
        return new CloudStreamException(ErrorCode.DeliveryTimedOut, words, last) { IsRetriable = true };
    }
}

/// <summary>
/// One partition's records on their way: filled from any thread under a lock, sent by one loop that runs while there is something to send.
/// Order is kept because only the loop decides what is sent, sent again or given up; see <c>PartitionLane.Sending.cs</c>.
/// </summary>
internal sealed partial class PartitionLane : IDisposable
{
    private readonly LaneServices _services;
    private readonly TopicPartition _partition;
    private readonly Action _sealed;
    private readonly Lock _gate = new();
    private readonly Queue<ProducerBatch> _full = [];
    private readonly WakeUp _wakeUp = new();
    private readonly ITimer _timer;
    private ProducerBatch? _open;
    private bool _isRunning;
    private long _acceptedRecords;
    private long _settledRecords;
    private readonly List<(long Records, TaskCompletionSource Settled)> _flushes = [];

    /// <param name="services">Shared by the producer's lanes.</param>
    /// <param name="partition">Where the records go.</param>
    /// <param name="sealedBatch">Called when a batch is complete, so that records without a key may go elsewhere.</param>
    public PartitionLane(LaneServices services, TopicPartition partition, Action sealedBatch)
    {
        _services = services;
        _partition = partition;
        _sealed = sealedBatch;
        _backoff = new Backoff(services.ClientOptions);
        _timer = services.Time.CreateTimer(
            static lane => ((PartitionLane)lane!)._wakeUp.Signal(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Copies a record into the open batch.</summary>
    /// <param name="record">Its bytes are free again when the method returns.</param>
    /// <param name="timestampMs">The record's timestamp.</param>
    /// <param name="since">When the call came, in the clock's ticks; null where it did not wait.</param>
    /// <param name="takenBytes">What was taken from the budget for it; given back when the record is settled.</param>
    /// <param name="limit">Bytes at which a batch of this topic is full.</param>
    /// <param name="sink">Whom to tell; null for nobody.</param>
    /// <param name="state">The caller's own.</param>
    public void Append(in ProduceRecord record, long timestampMs, long? since, long takenBytes, int limit, object? sink, object? state)
    {
        lock (_gate)
        {
            if (_open is not null && !_open.HasRoom(takenBytes, limit))
                SealOpen();
            var isFirst = _open is null;
            if (_open is null)
            {
                _open = _services.Pool.Rent();
                _open.CreatedAt = _open.AskedAt = _services.Time.GetTimestamp();
            }

            if (since < _open.AskedAt)
                _open.AskedAt = since.Value;

            _open.Append(record, timestampMs, takenBytes, sink, state);
            _acceptedRecords++;
            if (!_isRunning)
            {
                _isRunning = true;
                _ = Task.Run(RunAsync);
            }
            else if (isFirst)
            {
                _wakeUp.Signal();
            }
        }
    }

    /// <summary>Somebody waits for room, or the producer is aborted: look again.</summary>
    public void Wake() => _wakeUp.Signal();

    /// <summary>Completes when every record appended before the call is settled.</summary>
    public Task FlushAsync()
    {
        lock (_gate)
        {
            if (_open is not null)
                SealOpen();
            if (_settledRecords >= _acceptedRecords)
                return Task.CompletedTask;
            var settled = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _flushes.Add((_acceptedRecords, settled));
            return settled.Task;
        }
    }

    public void Dispose() => _timer.Dispose();

    private void SealOpen()
    {
        _full.Enqueue(_open!);
        _open = null;
        _sealed();
        _wakeUp.Signal();
    }

    /// <summary>
    /// The next batch that may go, if one is full or has lingered enough; otherwise sets the timer for when it will have.
    /// </summary>
    private ProducerBatch? TakeBatch()
    {
        lock (_gate)
        {
            if (_full.TryDequeue(out var full))
                return full;
            if (_open is null)
                return null;
            var left = Linger - _services.Time.GetElapsedTime(_open.CreatedAt);
            if (left > TimeSpan.Zero && !IsNeededAtOnce)
            {
                WakeAfter(left);
                return null;
            }

            var open = _open;
            _open = null;
            _sealed();
            return open;
        }
    }

    /// <summary>The next batch that has not been taken and whose time is up, full or not.</summary>
    private ProducerBatch? TakeLateBatch()
    {
        lock (_gate)
        {
            if (_full.TryPeek(out var full))
                return _services.TimeLeft(full.AskedAt) == TimeSpan.Zero ? _full.Dequeue() : null;
            if (_open is not { } open || _services.TimeLeft(open.AskedAt) > TimeSpan.Zero)
                return null;
            _open = null;
            _sealed();
            return open;
        }
    }

    /// <summary>When the time of the next batch that has not been taken is up; null where there is none.</summary>
    private TimeSpan? TimeLeftOfNext()
    {
        lock (_gate)
            return (_full.TryPeek(out var full) ? full : _open) is { } next ? _services.TimeLeft(next.AskedAt) : null;
    }

    // Whoever waits for room would wait for nothing if nothing were on its way.
    private bool IsNeededAtOnce => (_inFlight == 0 && _services.Budget.HasWaiters) || _services.End.HasCome;

    // Timers count whole milliseconds; rounded down, one would come too early.
    private void WakeAfter(TimeSpan time) =>
        _timer.Change(TimeSpan.FromMilliseconds(Math.Ceiling(time.TotalMilliseconds)), Timeout.InfiniteTimeSpan);

    private bool TryStop()
    {
        lock (_gate)
        {
            if (_open is not null || _full.Count > 0)
                return false;
            _isRunning = false;
            return true;
        }
    }

    private void Settled(int records)
    {
        lock (_gate)
        {
            _settledRecords += records;
            for (var i = _flushes.Count - 1; i >= 0; i--)
            {
                if (_flushes[i].Records > _settledRecords)
                    continue;
                _flushes[i].Settled.TrySetResult();
                _flushes.RemoveAt(i);
            }
        }
    }
}

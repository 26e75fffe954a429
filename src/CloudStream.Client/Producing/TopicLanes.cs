using System.Collections.Concurrent;
using CloudStream.Client.Transport;
using CloudStream.Records;

namespace CloudStream.Client.Producing;

/// <summary>One topic's lanes and the choice among them. Thread-safe.</summary>
internal sealed class TopicLanes : IDisposable
{
    private readonly LaneServices _services;
    private readonly ConcurrentDictionary<int, PartitionLane> _lanes = [];
    private readonly Lock _stickyGate = new();
    private readonly StickyPartitioner _sticky;
    private int _stickyPartition = -1;
    private TopicMetadata _topic;
    private long _freshSince;
    private int _isRefreshing;

    public TopicLanes(LaneServices services, TopicMetadata topic)
    {
        _services = services;
        _topic = topic;
        _sticky = new StickyPartitioner(Random.Shared, services.Options.BatchBytes);
        _freshSince = services.Time.GetTimestamp();
    }

    public IEnumerable<PartitionLane> Lanes => _lanes.Values;

    public int PartitionCount => Volatile.Read(ref _topic).PartitionCount;

    /// <summary>The partition for a record.</summary>
    /// <param name="record">The record.</param>
    /// <param name="bytes">What it takes, for an even spread.</param>
    /// <exception cref="ProduceException">The partition does not exist.</exception>
    public int Choose(in ProduceRecord record, int bytes)
    {
        RefreshIfOld();
        var topic = Volatile.Read(ref _topic);
        if (record.Partition is { } given)
            return given >= 0 && given < topic.PartitionCount ? given : throw Unknown(topic, given);
        var key = record.Key.GetValueOrDefault();
        var chosen = _services.Options.Partitioner.Partition(topic.Name, key.Span, record.Key is null, topic.PartitionCount);
        if (chosen >= topic.PartitionCount)
            throw Unknown(topic, chosen);
        return chosen >= 0 ? chosen : ChooseSticky(topic, bytes);
    }

    public void Append(int partition, in ProduceRecord record, long timestampMs, long? since, int takenBytes, object? sink, object? state)
    {
        var lane = _lanes.GetOrAdd(partition, static (number, self) => self.NewLane(number), this);
        var limit = Math.Min(_services.Options.BatchBytes, Volatile.Read(ref _topic).MaxMessageBytes);
        lane.Append(record, timestampMs, since, takenBytes, limit, sink, state);
    }

    /// <param name="failed">Told of every attempt that is repeated.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task RefreshAsync(Action<CloudStreamException>? failed, CancellationToken cancellationToken)
    {
        Volatile.Write(ref _topic, await _services.Catalog.RefreshAsync(_topic.Name, failed, cancellationToken));
        Volatile.Write(ref _freshSince, _services.Time.GetTimestamp());
    }

    public void Dispose()
    {
        foreach (var lane in _lanes.Values)
            lane.Dispose();
    }

    private PartitionLane NewLane(int partition) =>
        new(_services, new TopicPartition(_topic.Name, partition), () => BatchSealed(partition));

    private int ChooseSticky(TopicMetadata topic, int bytes)
    {
        lock (_stickyGate)
        {
            _stickyPartition = _sticky.Next(topic.PartitionCount);
            _sticky.Appended(bytes);
            return _stickyPartition;
        }
    }

    private void BatchSealed(int partition)
    {
        lock (_stickyGate)
        {
            if (_stickyPartition == partition)
                _sticky.BatchCompleted();
        }
    }

    // Meanwhile the old number of partitions will do: partitions are only ever added.
    private void RefreshIfOld()
    {
        if (_services.Time.GetElapsedTime(Volatile.Read(ref _freshSince)) < _services.ClientOptions.MetadataMaxAge
            || Interlocked.Exchange(ref _isRefreshing, 1) == 1)
            return;
        _ = RefreshInBackgroundAsync();
    }

    private async Task RefreshInBackgroundAsync()
    {
        try
        {
            await RefreshAsync(null, _services.End.Token);
        }
        catch (Exception e) when (e is CloudStreamException or OperationCanceledException)
        {
            // The appends will tell, if the topic is gone; the next record tries again after another age.
            Volatile.Write(ref _freshSince, _services.Time.GetTimestamp());
        }
        finally
        {
            Volatile.Write(ref _isRefreshing, 0);
        }
    }

    private static ProduceException Unknown(TopicMetadata topic, int partition) =>
        new(ErrorCode.UnknownPartition, $"The topic {topic.Name} has no partition {partition}; it has {topic.PartitionCount}.")
        {
            TopicPartition = new TopicPartition(topic.Name, partition),
        };
}

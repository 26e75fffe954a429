using System.Buffers;
using CloudStream.Cluster.Brokers;
using CloudStream.Cluster.Settings;
using CloudStream.Cluster.Topics;
using CloudStream.Log.Calls;
using CloudStream.Log.Journal;
using CloudStream.Log.Reading;
using CloudStream.Log.Shards;
using CloudStream.Log.State;
using CloudStream.Storage;

namespace CloudStream.Cluster;

public sealed partial class Broker
{
    private const string StoreAway = "The metadata store cannot be reached.";

    /// <inheritdoc/>
    public ValueTask<TopicResult> CreateTopicAsync(string name, int partitions, IReadOnlyDictionary<string, string> config, CancellationToken cancellationToken) =>
        _topics.CreateAsync(name, partitions, config, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<TopicInfo?> FindTopicAsync(string name, CancellationToken cancellationToken) => _topics.FindAsync(name, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<TopicInfo?> FindTopicAsync(Guid id, CancellationToken cancellationToken) => _topics.FindAsync(id, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<PartitionLeader> FindLeaderAsync(int shard, string face, CancellationToken cancellationToken) =>
        _shards[shard] is { IsSurelyHeld: true } held ? new(new PartitionLeader(BrokerId, held.State.Epoch)) : FindOtherLeaderAsync(_shards[shard], face, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<TopicInfo>> ListTopicsAsync(CancellationToken cancellationToken) => _topics.ListAsync(cancellationToken);

    /// <inheritdoc/>
    public IReadOnlyList<ConfigEntry> DescribeConfig(TopicInfo topic) => _topics.DescribeConfig(topic);

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<PartitionInfo>> DescribePartitionsAsync(TopicInfo topic, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(topic);
        var states = new Dictionary<int, ShardState>();
        foreach (var shard in topic.Shards.Distinct())
            states[shard] = await _shards[shard].RefreshAsync(cancellationToken);
        var partitions = new PartitionInfo[topic.PartitionCount];
        for (var i = 0; i < partitions.Length; i++)
        {
            var state = states[topic.Shards[i]];
            var partition = state.Find(new PartitionId(topic.Id, i));
            partitions[i] = new PartitionInfo(
                i, topic.Shards[i], BrokerRegistry.IdOf(state.Holder), state.Epoch, partition?.LogStartOffset ?? 0, partition?.EndOffset ?? 0, partition?.Bytes ?? 0);
        }

        return partitions;
    }

    /// <inheritdoc/>
    public ValueTask<TopicResult> AlterConfigAsync(string name, IReadOnlyDictionary<string, string?> changes, CancellationToken cancellationToken) =>
        _topics.AlterConfigAsync(name, changes, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<TopicResult> AddPartitionsAsync(string name, int newCount, CancellationToken cancellationToken) =>
        _topics.AddPartitionsAsync(name, newCount, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<TopicResult> DeleteTopicAsync(string name, CancellationToken cancellationToken) => _topics.DeleteAsync(name, cancellationToken);

    /// <inheritdoc/>
    public async ValueTask<AppendResult> AppendAsync(TopicPartition partition, ReadOnlyMemory<byte> batches, AppendOptions options, CancellationToken cancellationToken)
    {
        var whole = new ReadOnlySequence<byte>(batches);
        var ticket = await BeginAppendAsync(partition, whole, options, cancellationToken);
        var result = await ticket.WaitAsync(_options.RequestTimeout, _runtime.Time, cancellationToken);
        if (result.Error != ErrorCode.UnknownPartition)
            return result;

        // The commit may have found a partition of a topic that was deleted and created again: once more to the topic as it is now.
        try
        {
            if (await _topics.ReadAsync(partition.Topic, cancellationToken) is not { } topic)
                return result;
            ticket = await _appender.BeginAsync(topic, partition.Partition, whole, options, cancellationToken);
            return await ticket.WaitAsync(_options.RequestTimeout, _runtime.Time, cancellationToken);
        }
        catch (StoreException e)
        {
            return AppendResult.Failed(StoreFailure.CodeOf(e), StoreAway);
        }
    }

    /// <inheritdoc/>
    public async ValueTask<AppendTicket> BeginAppendAsync(TopicPartition partition, ReadOnlySequence<byte> batches, AppendOptions options, CancellationToken cancellationToken)
    {
        if (!IsReady)
            return AppendTicket.Failed(ErrorCode.ShuttingDown, "The broker is not ready.");
        var (topic, error, detail) = await LocateAsync(partition.Topic, AutoCreateTopics, cancellationToken);
        if (topic is null)
            return AppendTicket.Failed(error, detail);
        var ticket = await _appender.BeginAsync(topic, partition.Partition, batches, options, cancellationToken);
        if (!ticket.IsSettled || (await ticket.Outcome).Error != ErrorCode.UnknownPartition)
            return ticket;
        var (newer, failure) = await RelocateAsync(topic, cancellationToken);
        if (failure != ErrorCode.None)
            return AppendTicket.Failed(failure, StoreAway);
        return newer is null ? ticket : await _appender.BeginAsync(newer, partition.Partition, batches, options, cancellationToken);
    }

    /// <inheritdoc/>
    public async ValueTask<FetchResult> FetchAsync(TopicPartition partition, long offset, FetchOptions options, CancellationToken cancellationToken)
    {
        var (topic, error, detail) = await LocateAsync(partition.Topic, create: false, cancellationToken);
        if (topic is null)
            return FetchResult.Failed(error, detail!);
        if (!Has(topic, partition.Partition))
        {
            var (found, failed) = await RelocateAsync(topic, cancellationToken);
            if (failed != ErrorCode.None)
                return FetchResult.Failed(failed, StoreAway);
            topic = found ?? topic;
            if (!Has(topic, partition.Partition))
                return FetchResult.Failed(ErrorCode.UnknownPartition, NoSuchPartition(topic, partition.Partition));
        }

        var result = await _reader.FetchAsync(ShardOf(topic, partition), IdOf(topic, partition), offset, options, cancellationToken);
        if (result.Error != ErrorCode.UnknownPartition)
            return result;
        var (newer, failure) = await RelocateAsync(topic, cancellationToken);
        if (failure == ErrorCode.None && (newer is null || !Has(newer, partition.Partition)))
            return result;
        result.Dispose();
        if (newer is null)
            return FetchResult.Failed(failure, StoreAway);
        return await _reader.FetchAsync(ShardOf(newer, partition), IdOf(newer, partition), offset, options, cancellationToken);
    }

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<FetchResult>> FetchManyAsync(IReadOnlyList<PartitionFetch> partitions, FetchOptions options, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(partitions);
        var targets = new FetchTarget[partitions.Count];
        for (var i = 0; i < targets.Length; i++)
            targets[i] = await TargetAsync(partitions[i], cancellationToken);
        return await _reader.FetchManyAsync(targets, options, cancellationToken);
    }

    /// <inheritdoc/>
    public async ValueTask<OffsetResult> ListOffsetAsync(TopicPartition partition, OffsetSpec spec, CancellationToken cancellationToken)
    {
        var (topic, failure) = await LocatePartitionAsync(partition, cancellationToken);
        return topic is null ? failure : await _reader.ListOffsetAsync(ShardOf(topic, partition), IdOf(topic, partition), spec, cancellationToken);
    }

    /// <inheritdoc/>
    public async ValueTask<OffsetResult> DeleteRecordsAsync(TopicPartition partition, long beforeOffset, CancellationToken cancellationToken)
    {
        var (topic, failure) = await LocatePartitionAsync(partition, cancellationToken);
        if (topic is null)
            return failure;
        try
        {
            return await TrimAsync(topic, partition, beforeOffset, cancellationToken);
        }
        catch (StoreException e)
        {
            return new OffsetResult(StoreFailure.CodeOf(e), Detail: "The log start offset could not be moved.");
        }
    }

    /// <inheritdoc/>
    public ValueTask<long> AllocateProducerIdAsync(CancellationToken cancellationToken) => _producerIds.AllocateAsync(cancellationToken);

    private async ValueTask<OffsetResult> TrimAsync(TopicInfo topic, TopicPartition partition, long beforeOffset, CancellationToken cancellationToken)
    {
        var (shard, id) = (ShardOf(topic, partition), IdOf(topic, partition));
        if ((await shard.RefreshAsync(cancellationToken)).Find(id) is not { } before)
            return new OffsetResult(ErrorCode.UnknownPartition, Detail: $"Partition {partition} is being deleted.");
        var target = beforeOffset == -1 ? before.EndOffset : beforeOffset;
        if (target < 0 || target > before.EndOffset)
            return new OffsetResult(ErrorCode.OffsetOutOfRange, Detail: $"Offset {beforeOffset} is outside {before.LogStartOffset} to {before.EndOffset} of {partition}.");
        var result = await _trimmers[shard.Number].TrimAsync(before.Slot, target, cancellationToken);
        var start = shard.State.Find(id)?.LogStartOffset ?? -1;
        return result is CommitResult.Applied
            ? new OffsetResult(ErrorCode.None, start, LeaderEpoch: shard.State.Epoch)
            : new OffsetResult(result == CommitResult.Unknown ? ErrorCode.OutcomeUnknown : ErrorCode.StoreUnavailable, Detail: $"The log start offset of {partition} is {start}.");
    }

    // Every writer is equal, so a shard whose holder does not live (or has no such face) is led by whoever should take it; all brokers agree on who that is.
    private async ValueTask<PartitionLeader> FindOtherLeaderAsync(Shard shard, string face, CancellationToken cancellationToken)
    {
        ShardState state;
        try
        {
            state = await shard.RefreshAsync(cancellationToken);
        }
        catch (StoreException)
        {
            state = shard.State;
        }

        var able = LiveBrokers.Where(b => b.Endpoints.ContainsKey(face)).ToArray();
        var holder = Array.Find(able, b => b.Incarnation == state.Holder)?.Id ?? Placement.HolderOf(shard.Number, able);
        return new PartitionLeader(holder < 0 ? BrokerId : holder, state.Epoch);
    }

    private async ValueTask<FetchTarget> TargetAsync(PartitionFetch fetch, CancellationToken cancellationToken)
    {
        var (topic, error, detail) = await LocateAsync(fetch.Partition.Topic, create: false, cancellationToken);
        if (topic is null)
            return new FetchTarget(FetchResult.Failed(error, detail!));
        if (!Has(topic, fetch.Partition.Partition))
        {
            var (newer, failure) = await RelocateAsync(topic, cancellationToken);
            if (failure != ErrorCode.None)
                return new FetchTarget(FetchResult.Failed(failure, StoreAway));
            topic = newer ?? topic;
        }

        return Has(topic, fetch.Partition.Partition)
            ? new FetchTarget(ShardOf(topic, fetch.Partition), IdOf(topic, fetch.Partition), fetch.Offset, fetch.MaxBytes)
            : new FetchTarget(FetchResult.Failed(ErrorCode.UnknownPartition, NoSuchPartition(topic, fetch.Partition.Partition)));
    }

    private static bool Has(TopicInfo topic, int partition) => partition >= 0 && partition < topic.PartitionCount;

    private static PartitionId IdOf(TopicInfo topic, TopicPartition partition) => new(topic.Id, partition.Partition);

    private static string NoSuchPartition(TopicInfo topic, int partition) =>
        $"Topic {topic.Name} has partitions 0 to {topic.PartitionCount - 1}, not {partition}.";

    private Shard ShardOf(TopicInfo topic, TopicPartition partition) => _shards[topic.Shards[partition.Partition]];

    private async ValueTask<(TopicInfo? Topic, ErrorCode Error, string? Detail)> LocateAsync(string name, bool create, CancellationToken cancellationToken)
    {
        try
        {
            if (await _topics.FindAsync(name, cancellationToken) is { } topic)
                return (topic, ErrorCode.None, null);
        }
        catch (StoreException e)
        {
            return (null, StoreFailure.CodeOf(e), StoreAway);
        }

        if (!create)
            return (null, ErrorCode.UnknownTopic, $"There is no topic {name}.");
        var created = await _topics.CreateAsync(name, -1, new Dictionary<string, string>(), cancellationToken);
        if (created.Error == ErrorCode.TopicExists && await _topics.ReadAsync(name, cancellationToken) is { } other)
            return (other, ErrorCode.None, null);
        return (created.Topic, created.Error, created.Detail);
    }

    private async ValueTask<(TopicInfo? Topic, OffsetResult Failure)> LocatePartitionAsync(TopicPartition partition, CancellationToken cancellationToken)
    {
        var (topic, error, detail) = await LocateAsync(partition.Topic, create: false, cancellationToken);
        if (topic is null)
            return (null, new OffsetResult(error, Detail: detail));
        if (!Has(topic, partition.Partition))
        {
            var (newer, failure) = await RelocateAsync(topic, cancellationToken);
            if (failure != ErrorCode.None)
                return (null, new OffsetResult(failure, Detail: StoreAway));
            topic = newer ?? topic;
        }

        return Has(topic, partition.Partition)
            ? (topic, default)
            : (null, new OffsetResult(ErrorCode.UnknownPartition, Detail: NoSuchPartition(topic, partition.Partition)));
    }

    // The cached topic may have been deleted and created again, or widened, by another broker: null when it has not changed. Whether it has must be known before anything
    // is called unknown.
    private async ValueTask<(TopicInfo? Newer, ErrorCode Failure)> RelocateAsync(TopicInfo known, CancellationToken cancellationToken)
    {
        try
        {
            var newer = await _topics.ReadAsync(known.Name, cancellationToken);
            return (newer is null || (newer.Id == known.Id && newer.PartitionCount == known.PartitionCount) ? null : newer, ErrorCode.None);
        }
        catch (StoreException e)
        {
            return (null, StoreFailure.CodeOf(e));
        }
    }
}

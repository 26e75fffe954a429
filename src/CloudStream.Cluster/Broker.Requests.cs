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
    public ValueTask<TopicResult> CreateTopicAsync(
        string name, int partitions, IReadOnlyDictionary<string, string> config, CancellationToken cancellationToken) =>
            _topics.CreateAsync(name, partitions, config, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<TopicInfo?> FindTopicAsync(string name, CancellationToken cancellationToken) =>
        _topics.FindAsync(name, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<TopicInfo?> FindTopicAsync(Guid id, CancellationToken cancellationToken) => _topics.FindAsync(id, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<TopicInfo?> ReadTopicAsync(string name, CancellationToken cancellationToken) =>
        _topics.ReadAsync(name, cancellationToken);

    /// <inheritdoc/>
    public int FindLeader(PartitionId partition, string face) =>
        Placement.LeaderOf(partition, Staying().Where(b => b.Endpoints.ContainsKey(face))) is >= 0 and var leader ? leader : BrokerId;

    /// <inheritdoc/>
    public int LeaderEpochOf(TopicInfo topic, int partition)
    {
        ArgumentNullException.ThrowIfNull(topic);
        return _shards[topic.Shards[partition]].State.LeaderEpoch;
    }

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<TopicInfo>> ListTopicsAsync(CancellationToken cancellationToken) => _topics.ListAsync(cancellationToken);

    /// <inheritdoc/>
    public IReadOnlyList<ConfigEntry> DescribeConfig(TopicInfo topic) => _topics.DescribeConfig(topic);

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<PartitionInfo>> DescribePartitionsAsync(TopicInfo topic, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(topic);
        var (states, brokers) = (new Dictionary<int, ShardState>(), Staying());
        foreach (var shard in topic.Shards.Distinct())
            states[shard] = await _shards[shard].RefreshAsync(cancellationToken);
        var partitions = new PartitionInfo[topic.PartitionCount];
        for (var i = 0; i < partitions.Length; i++)
        {
            var state = states[topic.Shards[i]];
            var id = new PartitionId(topic.Id, i);
            var partition = state.Find(id);
            partitions[i] = new PartitionInfo(
                i, topic.Shards[i], Placement.LeaderOf(id, brokers), state.LeaderEpoch, partition?.LogStartOffset ?? 0,
                partition?.EndOffset ?? 0, partition?.Bytes ?? 0, partition?.Losses ?? []);
        }

        return partitions;
    }

    /// <inheritdoc/>
    public ValueTask<TopicResult> AlterConfigAsync(
        string name, IReadOnlyDictionary<string, string?> changes, CancellationToken cancellationToken) =>
            _topics.AlterConfigAsync(name, changes, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<TopicResult> AddPartitionsAsync(string name, int newCount, CancellationToken cancellationToken) =>
        _topics.AddPartitionsAsync(name, newCount, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<TopicResult> DeleteTopicAsync(string name, CancellationToken cancellationToken) =>
        _topics.DeleteAsync(name, cancellationToken);

    /// <inheritdoc/>
    public async ValueTask<AppendResult> AppendAsync(
        PartitionId partition, ReadOnlyMemory<byte> batches, AppendOptions options, CancellationToken cancellationToken)
    {
        var ticket = await BeginAppendAsync(partition, new ReadOnlySequence<byte>(batches), options, cancellationToken);
        var result = await ticket.WaitAsync(_options.RequestTimeout, _runtime.Time, cancellationToken);
        return result.Error == ErrorCode.UnknownPartition && await WhyGoneAsync(partition.TopicId, cancellationToken) is { } why
            ? AppendResult.Failed(why.Error, why.Detail)
            : result;
    }

    /// <inheritdoc/>
    public async ValueTask<AppendTicket> BeginAppendAsync(
        PartitionId partition, ReadOnlySequence<byte> batches, AppendOptions options, CancellationToken cancellationToken)
    {
        if (!IsReady)
            return AppendTicket.Failed(ErrorCode.ShuttingDown, "The broker is not ready.");
        var (topic, error, detail) = await LocateAsync(partition, cancellationToken);
        if (topic is null)
            return AppendTicket.Failed(error, detail);
        var ticket = await _appender.BeginAsync(topic, partition.Index, batches, options, cancellationToken);
        if (!ticket.IsSettled || (await ticket.Outcome).Error != ErrorCode.UnknownPartition)
            return ticket;
        return await WhyGoneAsync(topic.Id, cancellationToken) is { } why ? AppendTicket.Failed(why.Error, why.Detail) : ticket;
    }

    /// <inheritdoc/>
    public async ValueTask<FetchResult> FetchAsync(
        PartitionId partition, long offset, FetchOptions options, CancellationToken cancellationToken)
    {
        var (topic, error, detail) = await LocateAsync(partition, cancellationToken);
        if (topic is null)
            return FetchResult.Failed(error, detail!);
        var result = await _reader.FetchAsync(
            ShardOf(topic, partition), partition, offset, options with { Room = Memory.Sending }, cancellationToken);
        if (options.Decoded)
            result.MaxDecompressedBytes = _topics.ConfigOf(topic).MaxDecompressedBytes;
        return await ExplainAsync(partition, result, cancellationToken);
    }

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<FetchResult>> FetchManyAsync(
        IReadOnlyList<PartitionFetch> partitions, FetchOptions options, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(partitions);
        var targets = new FetchTarget[partitions.Count];
        var limits = new int[partitions.Count];
        for (var i = 0; i < targets.Length; i++)
        {
            var (fetch, (topic, error, detail)) = (partitions[i], await LocateAsync(partitions[i].Partition, cancellationToken));
            limits[i] = topic is null || !options.Decoded ? 0 : _topics.ConfigOf(topic).MaxDecompressedBytes;
            targets[i] = topic is null
                ? new FetchTarget(FetchResult.Failed(error, detail!))
                : new FetchTarget(ShardOf(topic, fetch.Partition), fetch.Partition, fetch.Offset, fetch.MaxBytes);
        }

        var results = await _reader.Several.FetchAsync(targets, options with { Room = Memory.Sending }, cancellationToken);
        try
        {
            for (var i = 0; i < results.Length; i++)
            {
                if (limits[i] > 0)
                    results[i].MaxDecompressedBytes = limits[i];
                if (results[i].Error == ErrorCode.UnknownPartition)
                    results[i] = await ExplainAsync(partitions[i].Partition, results[i], cancellationToken);
            }

            return results;
        }
        catch
        {
            foreach (var result in results)
                result.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public async ValueTask<OffsetResult> ListOffsetAsync(PartitionId partition, OffsetSpec spec, CancellationToken cancellationToken)
    {
        var (topic, error, detail) = await LocateAsync(partition, cancellationToken);
        return topic is null
            ? new OffsetResult(error, Detail: detail)
            : await ExplainAsync(
                partition,
                await _reader.ListOffsetAsync(
                    ShardOf(topic, partition), partition, spec, _topics.ConfigOf(topic).MaxDecompressedBytes, cancellationToken),
                cancellationToken);
    }

    /// <inheritdoc/>
    public async ValueTask<OffsetResult> DeleteRecordsAsync(PartitionId partition, long beforeOffset, CancellationToken cancellationToken)
    {
        var (topic, error, detail) = await LocateAsync(partition, cancellationToken);
        if (topic is null)
            return new OffsetResult(error, Detail: detail);
        try
        {
            return await ExplainAsync(partition, await TrimAsync(topic, partition, beforeOffset, cancellationToken), cancellationToken);
        }
        catch (StoreException e)
        {
            return new OffsetResult(StoreFailure.CodeOf(e), Detail: "The log start offset could not be moved.");
        }
    }

    /// <inheritdoc/>
    public ValueTask<long> AllocateProducerIdAsync(CancellationToken cancellationToken) => _producerIds.AllocateAsync(cancellationToken);

    private async ValueTask<OffsetResult> TrimAsync(TopicInfo topic, PartitionId id, long beforeOffset, CancellationToken cancellationToken)
    {
        var (shard, name) = (ShardOf(topic, id), new TopicPartition(topic.Name, id.Index));
        if ((await shard.RefreshAsync(cancellationToken)).Find(id) is not { } before)
            return new OffsetResult(ErrorCode.UnknownPartition, Detail: $"Partition {name} is being deleted.");
        var target = beforeOffset == -1 ? before.EndOffset : beforeOffset;
        if (target < 0 || target > before.EndOffset)
            return new OffsetResult(
                ErrorCode.OffsetOutOfRange,
                Detail: $"Offset {beforeOffset} is outside {before.LogStartOffset} to {before.EndOffset} of {name}.");
        var result = await _trimmers[shard.Number].TrimAsync(before.Slot, target, cancellationToken);
        var start = shard.State.Find(id)?.LogStartOffset ?? -1;
        return result is CommitResult.Applied
            ? new OffsetResult(ErrorCode.None, start, LeaderEpoch: shard.State.LeaderEpoch)
            : new OffsetResult(
                result == CommitResult.Unknown ? ErrorCode.OutcomeUnknown : ErrorCode.StoreUnavailable,
                Detail: $"The log start offset of {name} is {start}.");
    }

    private static bool Has(TopicInfo topic, int partition) => partition >= 0 && partition < topic.PartitionCount;

    private Shard ShardOf(TopicInfo topic, PartitionId partition) => _shards[topic.Shards[partition.Index]];

    // The topic with the partition. What is remembered of it may be older than its widening by another broker.
    private async ValueTask<(TopicInfo? Topic, ErrorCode Error, string? Detail)> LocateAsync(
        PartitionId partition, CancellationToken cancellationToken)
    {
        try
        {
            var topic = await _topics.FindAsync(partition.TopicId, cancellationToken);
            if (topic is not null && Has(topic, partition.Index))
                return (topic, ErrorCode.None, null);
            var now = topic is null ? null : await _topics.ReadAsync(topic.Name, cancellationToken);
            if (topic is null || now is null || now.Id != topic.Id)
                return (null, ErrorCode.UnknownTopic, NoSuchTopic(partition.TopicId));
            return Has(now, partition.Index)
                ? (now, ErrorCode.None, null)
                : (null, ErrorCode.UnknownPartition,
                    $"Topic {now.Name} has partitions 0 to {now.PartitionCount - 1}, not {partition.Index}.");
        }
        catch (StoreException e)
        {
            return (null, StoreFailure.CodeOf(e), StoreAway);
        }
    }

    // A shard does not know the partition: because the topic is gone? Null when it is not. That must be known before anything is called
    // unknown, and what is remembered is put right by it.
    private async ValueTask<(ErrorCode Error, string Detail)?> WhyGoneAsync(Guid topicId, CancellationToken cancellationToken)
    {
        try
        {
            var known = _topics.Known.ById.GetValueOrDefault(topicId);
            var now = known is null ? null : await _topics.ReadAsync(known.Name, cancellationToken);
            return now?.Id == topicId ? null : (ErrorCode.UnknownTopic, NoSuchTopic(topicId));
        }
        catch (StoreException e)
        {
            return (StoreFailure.CodeOf(e), StoreAway);
        }
    }

    private async ValueTask<FetchResult> ExplainAsync(PartitionId partition, FetchResult result, CancellationToken cancellationToken)
    {
        if (result.Error != ErrorCode.UnknownPartition || await WhyGoneAsync(partition.TopicId, cancellationToken) is not { } why)
            return result;
        result.Dispose();
        return FetchResult.Failed(why.Error, why.Detail);
    }

    private async ValueTask<OffsetResult> ExplainAsync(PartitionId partition, OffsetResult result, CancellationToken cancellationToken) =>
        result.Error == ErrorCode.UnknownPartition && await WhyGoneAsync(partition.TopicId, cancellationToken) is { } why
            ? new OffsetResult(why.Error, Detail: why.Detail)
            : result;

    private static string NoSuchTopic(Guid id) => $"There is no topic with the id {id}.";
}

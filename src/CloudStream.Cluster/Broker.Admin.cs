using CloudStream.Cluster.Producers;
using CloudStream.Cluster.Settings;
using CloudStream.Cluster.Topics;
using CloudStream.Log.Calls;
using CloudStream.Log.State;
using CloudStream.Storage;
using Microsoft.Extensions.Logging;

namespace CloudStream.Cluster;

// What only administrators and careful clients ask.
public sealed partial class Broker
{
    private const int MaxNameLength = 200;

    /// <inheritdoc/>
    public ValueTask<TopicResult> ValidateTopicAsync(
        string name, int partitions, IReadOnlyDictionary<string, string> config, CancellationToken cancellationToken) =>
            _topics.ValidateAsync(name, partitions, config, cancellationToken);

    /// <inheritdoc/>
    public TopicResult ValidateConfig(TopicInfo topic, IReadOnlyDictionary<string, string?> changes)
    {
        ArgumentNullException.ThrowIfNull(topic);
        return TopicConfigs.TryChange(topic.Config, changes, out var next, out var error)
            ? new TopicResult(ErrorCode.None, topic with { Config = next })
            : new TopicResult(ErrorCode.InvalidConfig, null, error);
    }

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<ConfigEntry>> DescribeSettingsAsync(SettingsOwner owner, CancellationToken cancellationToken) =>
        _settings.DescribeAsync(owner, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<SettingsResult> AlterSettingsAsync(
        SettingsOwner owner,
        IReadOnlyDictionary<string, string?> changes,
        bool replace,
        bool validateOnly,
        CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(changes);
        return _settings.AlterAsync(owner, changes, replace, validateOnly, cancellationToken);
    }

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<string>> ListSettingsOwnersAsync(SettingsOwnerKind kind, CancellationToken cancellationToken) =>
        _settings.ListAsync(kind, cancellationToken);

    /// <inheritdoc/>
    public async ValueTask<OffsetResult> FindEpochEndAsync(PartitionId partition, int leaderEpoch, CancellationToken cancellationToken)
    {
        var (topic, error, detail) = await LocateAsync(partition, cancellationToken);
        return topic is null
            ? new OffsetResult(error, Detail: detail)
            : await ExplainAsync(
                partition, await _reader.FindEpochEndAsync(ShardOf(topic, partition), partition, leaderEpoch, cancellationToken),
                cancellationToken);
    }

    /// <inheritdoc/>
    public async ValueTask<ProducersResult> DescribeProducersAsync(PartitionId partition, CancellationToken cancellationToken)
    {
        var (topic, error, _) = await LocateAsync(partition, cancellationToken);
        if (topic is null)
            return new ProducersResult(error, []);
        try
        {
            var state = (await ShardOf(topic, partition).RefreshAsync(cancellationToken)).Find(partition);
            return state is null
                ? new ProducersResult(ErrorCode.UnknownPartition, [])
                : new ProducersResult(ErrorCode.None, [.. state.Producers.Select(p => Describe(p.Key, p.Value))]);
        }
        catch (StoreException e)
        {
            return new ProducersResult(StoreFailure.CodeOf(e), []);
        }
    }

    /// <inheritdoc/>
    public async ValueTask<OffsetResult> AcceptLossAsync(
        PartitionId partition, long firstOffset, long lastOffset, string by, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(by);
        if (by.Length is 0 or > MaxNameLength)
            return new OffsetResult(ErrorCode.InvalidRequest,
                Detail: $"Who accepts the loss must be said in 1 to {MaxNameLength} characters; there are {by.Length}.");
        if (firstOffset < 0 || lastOffset < firstOffset || lastOffset == long.MaxValue)
            return new OffsetResult(ErrorCode.InvalidRequest, Detail: $"{firstOffset} to {lastOffset} are no offsets.");
        var (topic, error, detail) = await LocateAsync(partition, cancellationToken);
        if (topic is null)
            return new OffsetResult(error, Detail: detail);
        var shard = ShardOf(topic, partition);
        try
        {
            var result = await _reader.Losses.AcceptAsync(
                shard, shard.SubmitAsync, partition, (firstOffset, lastOffset + 1), by, cancellationToken);
            if (result.Error == ErrorCode.None)
                LogLossAccepted(_log, $"{topic.Name}/{partition.Index}", firstOffset, lastOffset, by);
            return await ExplainAsync(partition, result, cancellationToken);
        }
        catch (StoreException e)
        {
            return new OffsetResult(StoreFailure.CodeOf(e), Detail: "The loss could not be accepted now: the shard cannot be read.");
        }
    }

    [LoggerMessage(
        1402, LogLevel.Warning, "The loss of {Partition} at offsets {First} to {Last} was accepted by {By}: readers pass over it")]
    private static partial void LogLossAccepted(ILogger log, string partition, long first, long last, string by);

    private static ProducerInfo Describe(long id, ProducerState producer) =>
        new(id, producer.Epoch, producer.Recent.Length == 0 ? -1 : producer.Recent[^1].LastSequence, producer.LastMs);
}

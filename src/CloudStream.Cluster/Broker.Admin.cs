using CloudStream.Cluster.Producers;
using CloudStream.Cluster.Settings;
using CloudStream.Cluster.Topics;
using CloudStream.Log.Calls;
using CloudStream.Log.State;
using CloudStream.Storage;

namespace CloudStream.Cluster;

// What only administrators and careful clients ask.
public sealed partial class Broker
{
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

    private static ProducerInfo Describe(long id, ProducerState producer) =>
        new(id, producer.Epoch, producer.Recent.Length == 0 ? -1 : producer.Recent[^1].LastSequence, producer.LastMs);
}

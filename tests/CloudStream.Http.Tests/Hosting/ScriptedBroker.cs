using System.Buffers;
using CloudStream.Cluster;
using CloudStream.Cluster.Brokers;
using CloudStream.Cluster.Groups;
using CloudStream.Cluster.Producers;
using CloudStream.Cluster.Settings;
using CloudStream.Cluster.Topics;
using CloudStream.Log.Calls;
using CloudStream.Log.Health;
using CloudStream.Log.Memory;

namespace CloudStream.Http.Tests.Hosting;

/// <summary>A broker that does as it is told where the real one does not on demand; everything else is the real one's.</summary>
public sealed class ScriptedBroker(IBroker inner) : IBroker
{
    /// <summary>Gives the outcome of an append; null lets it happen.</summary>
    public Func<PartitionId, AppendResult?>? OnAppend { get; set; }

    /// <summary>Awaited before an append happens.</summary>
    public Func<PartitionId, Task>? BeforeAppend { get; set; }

    /// <summary>Gives the outcome of a fetch; null lets it happen.</summary>
    public Func<PartitionId, long, FetchResult?>? OnFetch { get; set; }

    /// <summary>Runs before every metadata call.</summary>
    public Action? OnMetadata { get; set; }

    public bool? Ready { get; set; }

    public string ClusterId => inner.ClusterId;

    public int BrokerId => inner.BrokerId;

    public IReadOnlyList<BrokerInfo> LiveBrokers => inner.LiveBrokers;

    public bool IsReady => Ready ?? inner.IsReady;

    public BrokerMemory Memory => inner.Memory;

    public HealthReport Health => OnHealth?.Invoke() ?? inner.Health;

    /// <summary>What the broker says of itself.</summary>
    public Func<HealthReport>? OnHealth { get; set; }

    public int MaxMessageBytes => inner.MaxMessageBytes;

    public bool AutoCreateTopics => inner.AutoCreateTopics;

    /// <summary>Stands in for the broker's groups.</summary>
    public IGroups? GroupsInstead { get; set; }

    public IGroups Groups => GroupsInstead ?? inner.Groups;

    public ValueTask<TopicResult> CreateTopicAsync(
        string name, int partitions, IReadOnlyDictionary<string, string> config, CancellationToken cancellationToken) =>
            inner.CreateTopicAsync(name, partitions, config, cancellationToken);

    public ValueTask<TopicInfo?> FindTopicAsync(string name, CancellationToken cancellationToken) =>
        inner.FindTopicAsync(name, cancellationToken);

    public ValueTask<TopicInfo?> FindTopicAsync(Guid id, CancellationToken cancellationToken) =>
        inner.FindTopicAsync(id, cancellationToken);

    public ValueTask<TopicInfo?> ReadTopicAsync(string name, CancellationToken cancellationToken) =>
        inner.ReadTopicAsync(name, cancellationToken);

    public int FindLeader(PartitionId partition, string face) => inner.FindLeader(partition, face);

    public int LeaderEpochOf(TopicInfo topic, int partition) => inner.LeaderEpochOf(topic, partition);

    public ValueTask<IReadOnlyList<TopicInfo>> ListTopicsAsync(CancellationToken cancellationToken)
    {
        OnMetadata?.Invoke();
        return inner.ListTopicsAsync(cancellationToken);
    }

    public ValueTask<TopicResult> ValidateTopicAsync(
        string name, int partitions, IReadOnlyDictionary<string, string> config, CancellationToken cancellationToken) =>
            inner.ValidateTopicAsync(name, partitions, config, cancellationToken);

    public ValueTask<IReadOnlyList<ConfigEntry>> DescribeSettingsAsync(SettingsOwner owner, CancellationToken cancellationToken) =>
        inner.DescribeSettingsAsync(owner, cancellationToken);

    public ValueTask<SettingsResult> AlterSettingsAsync(
        SettingsOwner owner,
        IReadOnlyDictionary<string, string?> changes,
        bool replace,
        bool validateOnly,
        CancellationToken cancellationToken) =>
        inner.AlterSettingsAsync(owner, changes, replace, validateOnly, cancellationToken);

    public ValueTask<IReadOnlyList<string>> ListSettingsOwnersAsync(SettingsOwnerKind kind, CancellationToken cancellationToken) =>
        inner.ListSettingsOwnersAsync(kind, cancellationToken);

    public TopicResult ValidateConfig(TopicInfo topic, IReadOnlyDictionary<string, string?> changes) =>
        inner.ValidateConfig(topic, changes);

    public ValueTask<OffsetResult> FindEpochEndAsync(PartitionId partition, int leaderEpoch, CancellationToken cancellationToken) =>
        inner.FindEpochEndAsync(partition, leaderEpoch, cancellationToken);

    public ValueTask<ProducersResult> DescribeProducersAsync(PartitionId partition, CancellationToken cancellationToken) =>
        inner.DescribeProducersAsync(partition, cancellationToken);

    public IReadOnlyList<ConfigEntry> DescribeConfig(TopicInfo topic) => inner.DescribeConfig(topic);

    public ValueTask<IReadOnlyList<PartitionInfo>> DescribePartitionsAsync(TopicInfo topic, CancellationToken cancellationToken) =>
        inner.DescribePartitionsAsync(topic, cancellationToken);

    public ValueTask<TopicResult> AlterConfigAsync(
        string name, IReadOnlyDictionary<string, string?> changes, CancellationToken cancellationToken) =>
            inner.AlterConfigAsync(name, changes, cancellationToken);

    public ValueTask<TopicResult> AddPartitionsAsync(string name, int newCount, CancellationToken cancellationToken) =>
        inner.AddPartitionsAsync(name, newCount, cancellationToken);

    public ValueTask<TopicResult> DeleteTopicAsync(string name, CancellationToken cancellationToken) =>
        inner.DeleteTopicAsync(name, cancellationToken);

    public async ValueTask<AppendResult> AppendAsync(
        PartitionId partition, ReadOnlyMemory<byte> batches, AppendOptions options, CancellationToken cancellationToken)
    {
        if (OnAppend?.Invoke(partition) is { } scripted)
            return scripted;
        if (BeforeAppend is null)
            return await inner.AppendAsync(partition, batches, options, cancellationToken);

        // As the contract says, the bytes are the caller's again once it has its task.
        var copy = batches.ToArray();
        await BeforeAppend(partition);
        return await inner.AppendAsync(partition, copy, options, cancellationToken);
    }

    public ValueTask<AppendTicket> BeginAppendAsync(
        PartitionId partition, ReadOnlySequence<byte> batches, AppendOptions options, CancellationToken cancellationToken) =>
            inner.BeginAppendAsync(partition, batches, options, cancellationToken);

    public ValueTask<IReadOnlyList<FetchResult>> FetchManyAsync(
        IReadOnlyList<PartitionFetch> partitions, FetchOptions options, CancellationToken cancellationToken) =>
            inner.FetchManyAsync(partitions, options, cancellationToken);

    public ValueTask<FetchResult> FetchAsync(
        PartitionId partition, long offset, FetchOptions options, CancellationToken cancellationToken) =>
            OnFetch?.Invoke(partition, offset) is { } scripted
                ? new(scripted)
                : inner.FetchAsync(partition, offset, options, cancellationToken);

    public ValueTask<OffsetResult> ListOffsetAsync(PartitionId partition, OffsetSpec spec, CancellationToken cancellationToken) =>
        inner.ListOffsetAsync(partition, spec, cancellationToken);

    public ValueTask<OffsetResult> DeleteRecordsAsync(PartitionId partition, long beforeOffset, CancellationToken cancellationToken) =>
        inner.DeleteRecordsAsync(partition, beforeOffset, cancellationToken);

    public ValueTask<OffsetResult> AcceptLossAsync(
        PartitionId partition, long firstOffset, long lastOffset, string by, CancellationToken cancellationToken) =>
        inner.AcceptLossAsync(partition, firstOffset, lastOffset, by, cancellationToken);

    public ValueTask<long> AllocateProducerIdAsync(CancellationToken cancellationToken) => inner.AllocateProducerIdAsync(cancellationToken);
}

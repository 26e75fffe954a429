using System.Buffers;
using CloudStream.Cluster.Brokers;
using CloudStream.Cluster.Groups;
using CloudStream.Cluster.Producers;
using CloudStream.Cluster.Settings;
using CloudStream.Cluster.Topics;
using CloudStream.Log.Calls;
using CloudStream.Log.Health;
using CloudStream.Log.Memory;
using CloudStream.Storage;

namespace CloudStream.Cluster;

/// <summary>
/// One broker as its faces see it (HTTP, Kafka wire, tools): the seam between protocols and the log. Expected failures are values; only
/// cancellation and defects throw. Thread-safe. The log is addressed by (topic id, partition), so that what is asked of one topic never
/// lands in another one of its name: <see cref="NamedPartitions"/> resolves names. A topic that is not there, or no longer, is
/// UnknownTopic; one that lacks the partition is UnknownPartition.
/// </summary>
public interface IBroker
{
    /// <summary>The cluster's id, the same for all its brokers and for ever.</summary>
    string ClusterId { get; }

    /// <summary>This broker's id.</summary>
    int BrokerId { get; }

    /// <summary>Who lives, this broker included, by id. Each tells where clients reach it.</summary>
    IReadOnlyList<BrokerInfo> LiveBrokers { get; }

    /// <summary>Whether requests can be served: stores reached, cluster joined, not draining.</summary>
    bool IsReady { get; }

    /// <summary>What is wrong with this broker now.</summary>
    HealthReport Health { get; }

    /// <summary>What clients make this broker hold, bounded.</summary>
    BrokerMemory Memory { get; }

    /// <summary>The largest record batch that any topic of this broker takes by default, in bytes (<c>message.max.bytes</c>).</summary>
    int MaxMessageBytes { get; }

    /// <summary>
    /// Whether a produce (or a Kafka metadata request) to an unknown topic creates it (<c>auto.create.topics.enable</c>).
    /// </summary>
    bool AutoCreateTopics { get; }

    /// <summary>Consumer groups.</summary>
    IGroups Groups { get; }

    /// <summary>Creates a topic. <paramref name="partitions"/> -1 takes <c>num.partitions</c>.</summary>
    ValueTask<TopicResult> CreateTopicAsync(
        string name, int partitions, IReadOnlyDictionary<string, string> config, CancellationToken cancellationToken);

    /// <summary>What <see cref="CreateTopicAsync"/> would say, without creating anything. The topic that is given back has no id.</summary>
    ValueTask<TopicResult> ValidateTopicAsync(
        string name, int partitions, IReadOnlyDictionary<string, string> config, CancellationToken cancellationToken);

    /// <summary>Finds a topic; a topic that another broker has just created is found too. Null when there is none.</summary>
    ValueTask<TopicInfo?> FindTopicAsync(string name, CancellationToken cancellationToken);

    /// <summary>Finds a topic by its id. Null when there is none.</summary>
    ValueTask<TopicInfo?> FindTopicAsync(Guid id, CancellationToken cancellationToken);

    /// <summary>The topic as its register says now, past what this broker remembers. Null when there is none.</summary>
    /// <exception cref="StoreException">The store cannot be asked.</exception>
    ValueTask<TopicInfo?> ReadTopicAsync(string name, CancellationToken cancellationToken);

    /// <summary>
    /// The id of the broker that clients of a face should send a partition's requests to. It is advice: every broker takes every append and
    /// every fetch, and who follows the advice gets good batches and warm caches. Partitions are spread over those that live, by rendezvous
    /// hashing, so that brokers agree without talking and one that comes or goes moves only its own share.
    /// </summary>
    int FindLeader(PartitionId partition, string face);

    /// <summary>
    /// A partition's leader epoch: how often its cluster has been restored. All brokers say the same, whoever leads or holds leases.
    /// </summary>
    int LeaderEpochOf(TopicInfo topic, int partition);

    /// <summary>All topics, by name.</summary>
    ValueTask<IReadOnlyList<TopicInfo>> ListTopicsAsync(CancellationToken cancellationToken);

    /// <summary>Every setting of a topic as it is in force.</summary>
    IReadOnlyList<ConfigEntry> DescribeConfig(TopicInfo topic);

    /// <summary>
    /// Every setting of this broker, a group or client metrics as it is in force, with where it comes from; of all brokers what was
    /// altered.
    /// </summary>
    /// <exception cref="CloudStream.Storage.StoreException">The store cannot be asked.</exception>
    ValueTask<IReadOnlyList<ConfigEntry>> DescribeSettingsAsync(SettingsOwner owner, CancellationToken cancellationToken);

    /// <summary>
    /// Sets (value) or resets (null) settings of a broker, all brokers, a group or client metrics while the cluster runs.
    /// </summary>
    /// <param name="owner">Whose.</param>
    /// <param name="changes">By name.</param>
    /// <param name="replace">Whether what is not named is reset.</param>
    /// <param name="validateOnly">Whether to say only what would be said.</param>
    /// <param name="cancellationToken">Gives up; it may be altered all the same.</param>
    ValueTask<SettingsResult> AlterSettingsAsync(
        SettingsOwner owner,
        IReadOnlyDictionary<string, string?> changes,
        bool replace,
        bool validateOnly,
        CancellationToken cancellationToken);

    /// <summary>Who of a kind has altered settings, by name.</summary>
    /// <exception cref="CloudStream.Storage.StoreException">The store cannot be asked.</exception>
    ValueTask<IReadOnlyList<string>> ListSettingsOwnersAsync(SettingsOwnerKind kind, CancellationToken cancellationToken);

    /// <summary>What <see cref="AlterConfigAsync"/> would say, without changing anything.</summary>
    TopicResult ValidateConfig(TopicInfo topic, IReadOnlyDictionary<string, string?> changes);

    /// <summary>The partitions' places, frontiers and accepted losses, read strongly.</summary>
    ValueTask<IReadOnlyList<PartitionInfo>> DescribePartitionsAsync(TopicInfo topic, CancellationToken cancellationToken);

    /// <summary>Sets (value) or resets (null) settings.</summary>
    ValueTask<TopicResult> AlterConfigAsync(string name, IReadOnlyDictionary<string, string?> changes, CancellationToken cancellationToken);

    /// <summary>Raises the number of partitions.</summary>
    ValueTask<TopicResult> AddPartitionsAsync(string name, int newCount, CancellationToken cancellationToken);

    /// <summary>Deletes a topic and, later, its objects.</summary>
    ValueTask<TopicResult> DeleteTopicAsync(string name, CancellationToken cancellationToken);

    /// <summary>
    /// Appends one or more whole record batches v2 to one partition and completes when they are committed. Checks sizes, headers and CRC
    /// on <paramref name="batches"/> itself and copies it once, as soon as there is room; the caller leaves it alone until the task
    /// completes.
    /// </summary>
    ValueTask<AppendResult> AppendAsync(
        PartitionId partition, ReadOnlyMemory<byte> batches, AppendOptions options, CancellationToken cancellationToken);

    /// <summary>
    /// The same in two steps, for callers with several appends in flight: the task completes when the bytes are refused or copied and
    /// queued, which is at once while there is room; then <paramref name="batches"/> is the caller's again and the ticket tells the
    /// outcome. Appends to a partition that are begun one after the other keep that order.
    /// </summary>
    ValueTask<AppendTicket> BeginAppendAsync(
        PartitionId partition, ReadOnlySequence<byte> batches, AppendOptions options, CancellationToken cancellationToken);

    /// <summary>Fetches whole batches from the one that contains <paramref name="offset"/>. The caller disposes the result.</summary>
    ValueTask<FetchResult> FetchAsync(PartitionId partition, long offset, FetchOptions options, CancellationToken cancellationToken);

    /// <summary>
    /// Fetches from several partitions at once: waits until all together hold <see cref="FetchOptions.MinBytes"/>, returns no more than
    /// <see cref="FetchOptions.MaxBytes"/> together, in the order of
    /// <paramref name="partitions"/>, whose first one with data gives at least one batch. A partition that fails ends the wait. One result
    /// for each; the caller disposes them all.
    /// </summary>
    ValueTask<IReadOnlyList<FetchResult>> FetchManyAsync(
        IReadOnlyList<PartitionFetch> partitions, FetchOptions options, CancellationToken cancellationToken);

    /// <summary>Answers earliest, latest, by-timestamp and max-timestamp look-ups.</summary>
    ValueTask<OffsetResult> ListOffsetAsync(PartitionId partition, OffsetSpec spec, CancellationToken cancellationToken);

    /// <summary>
    /// Where the records of a leader epoch, and of those before it, end, with the largest epoch among them (Kafka: KIP-320). Offset and
    /// epoch -1 for an epoch that has not been yet.
    /// </summary>
    ValueTask<OffsetResult> FindEpochEndAsync(PartitionId partition, int leaderEpoch, CancellationToken cancellationToken);

    /// <summary>The idempotent producers that have written to a partition lately.</summary>
    ValueTask<ProducersResult> DescribeProducersAsync(PartitionId partition, CancellationToken cancellationToken);

    /// <summary>
    /// Moves the log start offset up (-1: to the high watermark) and gives back the new log start offset. Records before it are gone.
    /// </summary>
    ValueTask<OffsetResult> DeleteRecordsAsync(PartitionId partition, long beforeOffset, CancellationToken cancellationToken);

    /// <summary>
    /// Gives up records that cannot be read, from <paramref name="firstOffset"/> to <paramref name="lastOffset"/>: readers pass over them
    /// from then on. Every offset is tried first, and while any of them can be read it is refused.
    /// </summary>
    /// <param name="partition">The partition.</param>
    /// <param name="firstOffset">The first of them.</param>
    /// <param name="lastOffset">The last of them.</param>
    /// <param name="by">Who does so, 1 to 200 characters; it is kept with the log.</param>
    /// <param name="cancellationToken">Ends the wait; the loss may be accepted all the same.</param>
    ValueTask<OffsetResult> AcceptLossAsync(
        PartitionId partition, long firstOffset, long lastOffset, string by, CancellationToken cancellationToken);

    /// <summary>A producer id that no other producer of the cluster has or will have; its epoch starts at 0.</summary>
    ValueTask<long> AllocateProducerIdAsync(CancellationToken cancellationToken);
}

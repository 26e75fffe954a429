using CloudStream.Client.Transport;

namespace CloudStream.Client.Admin;

/// <summary>
/// Topics, offsets, groups (<c>AdminClient.Groups.cs</c>) and the cluster. Thread-safe. Every method throws
/// <see cref="CloudStreamException"/> with the broker's error code; retriable failures are retried for
/// <see cref="CloudStreamClientOptions.RetryTimeout"/>.
/// </summary>
public sealed partial class AdminClient
{
    private readonly BrokerApi _api;
    private readonly GroupApi _groups;
    private readonly RetryPolicy _retries;
    private readonly TopicCatalog _catalog;

    internal AdminClient(BrokerApi api, GroupApi groups, RetryPolicy retries, TopicCatalog catalog)
    {
        _api = api;
        _groups = groups;
        _retries = retries;
        _catalog = catalog;
    }

    /// <summary>All topics, by name.</summary>
    public async Task<IReadOnlyList<TopicDescription>> ListTopicsAsync(CancellationToken cancellationToken = default)
    {
        var topics = await _retries.RunAsync(_api.ListTopicsAsync, isRead: true, cancellationToken);
        return [.. topics.Select(TopicDescription.From)];
    }

    /// <summary>A topic with its settings and partitions.</summary>
    public async Task<TopicDescription> DescribeTopicAsync(string topic, CancellationToken cancellationToken = default) =>
        TopicDescription.From(await _retries.RunAsync(token => _api.GetTopicAsync(topic, token), isRead: true, cancellationToken));

    /// <summary>Creates a topic.</summary>
    /// <param name="topic">1 to 249 characters of a-z A-Z 0-9 . _ -</param>
    /// <param name="partitions">Null takes the broker's <c>num.partitions</c>.</param>
    /// <param name="config">Settings under Kafka's names.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    public async Task<TopicDescription> CreateTopicAsync(
        string topic, int? partitions = null, IReadOnlyDictionary<string, string>? config = null,
        CancellationToken cancellationToken = default)
    {
        var wanted = new CreateTopicDocument(topic, partitions, config);
        var created = await _retries.RunAsync(token => _api.CreateTopicAsync(wanted, token), isRead: false, cancellationToken);
        _catalog.Forget(topic);
        return TopicDescription.From(created);
    }

    /// <summary>Changes settings; null resets one to its default.</summary>
    public Task<TopicDescription> AlterTopicAsync(
        string topic, IReadOnlyDictionary<string, string?> config, CancellationToken cancellationToken = default) =>
        AlterAsync(topic, new AlterTopicDocument(null, config), cancellationToken);

    /// <summary>Raises the number of partitions. Keys may move to other partitions from then on.</summary>
    /// <param name="topic">The topic's name.</param>
    /// <param name="totalPartitions">How many there are to be in all.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    public Task<TopicDescription> AddPartitionsAsync(string topic, int totalPartitions, CancellationToken cancellationToken = default) =>
        AlterAsync(topic, new AlterTopicDocument(totalPartitions, null), cancellationToken);

    /// <summary>Deletes a topic and its records.</summary>
    public async Task DeleteTopicAsync(string topic, CancellationToken cancellationToken = default)
    {
        await _retries.RunAsync(
            async token =>
            {
                await _api.DeleteTopicAsync(topic, token);
                return true;
            },
            isRead: false,
            cancellationToken);
        _catalog.Forget(topic);
    }

    /// <summary>Looks an offset up: the beginning, the end, or the first record at a time (the end where there is none).</summary>
    /// <returns>The offset as a number.</returns>
    public async Task<long> ListOffsetAsync(TopicPartition partition, Offset at, CancellationToken cancellationToken = default)
    {
        if (at.IsNumber)
            return at.Value;
        var found = await _retries.RunAsync(token => _api.ListOffsetAsync(partition, at.Query, token), isRead: true, cancellationToken);

        // Kafka says -1 where no record is that young; reading goes on at the end then.
        return found.Offset >= 0 ? found.Offset : await ListOffsetAsync(partition, Offset.End, cancellationToken);
    }

    /// <summary>The lowest offset that is still there, and the offset after the last record.</summary>
    public async Task<Watermarks> GetWatermarksAsync(TopicPartition partition, CancellationToken cancellationToken = default)
    {
        var low = await ListOffsetAsync(partition, Offset.Beginning, cancellationToken);
        return new Watermarks(low, await ListOffsetAsync(partition, Offset.End, cancellationToken));
    }

    /// <summary>Deletes the records before an offset; <see cref="Offset.End"/> deletes all there are.</summary>
    /// <returns>The new log start offset.</returns>
    public async Task<long> DeleteRecordsAsync(TopicPartition partition, Offset before, CancellationToken cancellationToken = default)
    {
        // Deleting the same records twice is deleting them once.
        var offset = await ListOffsetAsync(partition, before, cancellationToken);
        return await _retries.RunAsync(token => _api.DeleteRecordsAsync(partition, offset, token), isRead: true, cancellationToken);
    }

    /// <summary>
    /// Gives up records that cannot be read because what is stored of them is missing or damaged: readers pass over these offsets from
    /// then on. The broker refuses it (<see cref="ErrorCode.InvalidRequest"/>) while any of them can be read.
    /// </summary>
    /// <param name="partition">The partition.</param>
    /// <param name="firstOffset">The first offset that is given up.</param>
    /// <param name="lastOffset">The last one.</param>
    /// <param name="by">Who does so, 1 to 200 characters; it is kept with the log.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    public async Task AcceptLossAsync(
        TopicPartition partition, long firstOffset, long lastOffset, string by, CancellationToken cancellationToken = default)
    {
        // Giving up what is given up is doing it once.
        var loss = new LossDocument(firstOffset, lastOffset, by);
        await _retries.RunAsync(token => _api.AcceptLossAsync(partition, loss, token), isRead: true, cancellationToken);
    }

    /// <summary>The cluster and the broker that answers.</summary>
    public async Task<ClusterDescription> DescribeClusterAsync(CancellationToken cancellationToken = default)
    {
        var cluster = await _retries.RunAsync(_api.GetClusterAsync, isRead: true, cancellationToken);
        return new ClusterDescription(cluster.ClusterId, cluster.BrokerId, cluster.Version ?? "", cluster.Ready);
    }

    private async Task<TopicDescription> AlterAsync(string topic, AlterTopicDocument change, CancellationToken cancellationToken)
    {
        // The same change twice is the same topic, so a lost reply is no reason to give up.
        var altered = await _retries.RunAsync(token => _api.AlterTopicAsync(topic, change, token), isRead: true, cancellationToken);
        _catalog.Forget(topic);
        return TopicDescription.From(altered);
    }
}

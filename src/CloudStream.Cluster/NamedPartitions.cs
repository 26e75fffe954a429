using System.Buffers;
using CloudStream.Cluster.Topics;
using CloudStream.Log.Calls;
using CloudStream.Storage;

namespace CloudStream.Cluster;

/// <summary>
/// The log under the names that clients use. A name is resolved here, at a face's edge; from then on the call is about that topic and no
/// other. Only a topic that turns out to be gone is looked up once more, past what this broker remembers, and the whole call is made for
/// what the name means now.
/// </summary>
public static class NamedPartitions
{
    private const string StoreAway = "The metadata store cannot be reached.";

    /// <summary>
    /// <see cref="IBroker.AppendAsync"/> by name; creates the topic where <see cref="IBroker.AutoCreateTopics"/> says so.
    /// </summary>
    public static async ValueTask<AppendResult> AppendAsync(
        this IBroker broker, TopicPartition partition, ReadOnlyMemory<byte> batches, AppendOptions options,
        CancellationToken cancellationToken)
    {
        var topic = await FindOrCreateAsync(broker, partition.Topic, cancellationToken);
        if (topic.Found is null)
            return AppendResult.Failed(topic.Error, topic.Detail);
        var result = await broker.AppendAsync(IdOf(topic.Found, partition), batches, options, cancellationToken);
        if (result.Error != ErrorCode.UnknownTopic)
            return result;
        var newer = await FindNewerAsync(broker, topic.Found, cancellationToken);
        return newer.Found is null
            ? AppendResult.Failed(newer.Error, newer.Detail)
            : await broker.AppendAsync(IdOf(newer.Found, partition), batches, options, cancellationToken);
    }

    /// <summary>
    /// <see cref="IBroker.BeginAppendAsync"/> by name; creates the topic where <see cref="IBroker.AutoCreateTopics"/> says so.
    /// </summary>
    public static async ValueTask<AppendTicket> BeginAppendAsync(
        this IBroker broker, TopicPartition partition, ReadOnlySequence<byte> batches, AppendOptions options,
        CancellationToken cancellationToken)
    {
        var topic = await FindOrCreateAsync(broker, partition.Topic, cancellationToken);
        if (topic.Found is null)
            return AppendTicket.Failed(topic.Error, topic.Detail);
        var ticket = await broker.BeginAppendAsync(IdOf(topic.Found, partition), batches, options, cancellationToken);
        if (!ticket.IsSettled || (await ticket.Outcome).Error != ErrorCode.UnknownTopic)
            return ticket;
        var newer = await FindNewerAsync(broker, topic.Found, cancellationToken);
        return newer.Found is null
            ? AppendTicket.Failed(newer.Error, newer.Detail)
            : await broker.BeginAppendAsync(IdOf(newer.Found, partition), batches, options, cancellationToken);
    }

    /// <summary><see cref="IBroker.FetchAsync"/> by name.</summary>
    public static async ValueTask<FetchResult> FetchAsync(
        this IBroker broker, TopicPartition partition, long offset, FetchOptions options, CancellationToken cancellationToken)
    {
        var topic = await FindAsync(broker, partition.Topic, cancellationToken);
        if (topic.Found is null)
            return FetchResult.Failed(topic.Error, topic.Detail!);
        var result = await broker.FetchAsync(IdOf(topic.Found, partition), offset, options, cancellationToken);
        if (result.Error != ErrorCode.UnknownTopic)
            return result;
        result.Dispose();
        var newer = await FindNewerAsync(broker, topic.Found, cancellationToken);
        return newer.Found is null
            ? FetchResult.Failed(newer.Error, newer.Detail!)
            : await broker.FetchAsync(IdOf(newer.Found, partition), offset, options, cancellationToken);
    }

    /// <summary><see cref="IBroker.ListOffsetAsync"/> by name.</summary>
    public static ValueTask<OffsetResult> ListOffsetAsync(
        this IBroker broker, TopicPartition partition, OffsetSpec spec, CancellationToken cancellationToken) =>
        AskAsync(broker, partition, id => broker.ListOffsetAsync(id, spec, cancellationToken), cancellationToken);

    /// <summary><see cref="IBroker.FindEpochEndAsync"/> by name.</summary>
    public static ValueTask<OffsetResult> FindEpochEndAsync(
        this IBroker broker, TopicPartition partition, int leaderEpoch, CancellationToken cancellationToken) =>
        AskAsync(broker, partition, id => broker.FindEpochEndAsync(id, leaderEpoch, cancellationToken), cancellationToken);

    /// <summary><see cref="IBroker.DeleteRecordsAsync"/> by name.</summary>
    public static ValueTask<OffsetResult> DeleteRecordsAsync(
        this IBroker broker, TopicPartition partition, long beforeOffset, CancellationToken cancellationToken) =>
        AskAsync(broker, partition, id => broker.DeleteRecordsAsync(id, beforeOffset, cancellationToken), cancellationToken);

    /// <summary><see cref="IBroker.AcceptLossAsync"/> by name.</summary>
    public static ValueTask<OffsetResult> AcceptLossAsync(
        this IBroker broker, TopicPartition partition, long firstOffset, long lastOffset, string by, CancellationToken cancellationToken) =>
        AskAsync(broker, partition, id => broker.AcceptLossAsync(id, firstOffset, lastOffset, by, cancellationToken), cancellationToken);

    private static async ValueTask<OffsetResult> AskAsync(
        IBroker broker, TopicPartition partition, Func<PartitionId, ValueTask<OffsetResult>> ask, CancellationToken cancellationToken)
    {
        var topic = await FindAsync(broker, partition.Topic, cancellationToken);
        if (topic.Found is null)
            return new OffsetResult(topic.Error, Detail: topic.Detail);
        var result = await ask(IdOf(topic.Found, partition));
        if (result.Error != ErrorCode.UnknownTopic)
            return result;
        var newer = await FindNewerAsync(broker, topic.Found, cancellationToken);
        return newer.Found is null ? new OffsetResult(newer.Error, Detail: newer.Detail) : await ask(IdOf(newer.Found, partition));
    }

    private static PartitionId IdOf(TopicInfo topic, TopicPartition partition) => new(topic.Id, partition.Partition);

    private static async ValueTask<Resolved> FindAsync(IBroker broker, string name, CancellationToken cancellationToken)
    {
        try
        {
            return await broker.FindTopicAsync(name, cancellationToken) is { } topic ? new Resolved(topic) : NoSuch(name);
        }
        catch (StoreException e)
        {
            return new Resolved(null, StoreFailure.CodeOf(e), StoreAway);
        }
    }

    private static async ValueTask<Resolved> FindOrCreateAsync(IBroker broker, string name, CancellationToken cancellationToken)
    {
        if (!broker.IsReady)
            return new Resolved(null, ErrorCode.ShuttingDown, "The broker is not ready.");
        var topic = await FindAsync(broker, name, cancellationToken);
        if (topic.Error != ErrorCode.UnknownTopic || !broker.AutoCreateTopics)
            return topic;
        var created = await broker.CreateTopicAsync(name, -1, new Dictionary<string, string>(), cancellationToken);
        return created.Error == ErrorCode.TopicExists
            ? await FindAsync(broker, name, cancellationToken)
            : new Resolved(created.Topic, created.Error, created.Detail);
    }

    private static async ValueTask<Resolved> FindNewerAsync(IBroker broker, TopicInfo gone, CancellationToken cancellationToken)
    {
        try
        {
            var newer = await broker.ReadTopicAsync(gone.Name, cancellationToken);
            return newer is null || newer.Id == gone.Id ? NoSuch(gone.Name) : new Resolved(newer);
        }
        catch (StoreException e)
        {
            return new Resolved(null, StoreFailure.CodeOf(e), StoreAway);
        }
    }

    private static Resolved NoSuch(string name) => new(null, ErrorCode.UnknownTopic, $"There is no topic {name}.");

    private readonly record struct Resolved(TopicInfo? Found, ErrorCode Error = ErrorCode.None, string? Detail = null);
}

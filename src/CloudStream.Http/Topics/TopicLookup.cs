using System.Globalization;
using CloudStream.Cluster;
using CloudStream.Cluster.Topics;
using CloudStream.Http.Problems;
using CloudStream.Log.Calls;

namespace CloudStream.Http.Topics;

/// <summary>Finds the topic of a request.</summary>
internal static class TopicLookup
{
    private static readonly Dictionary<string, string> NoConfig = [];

    /// <summary>The topic.</summary>
    /// <exception cref="RequestRejectedException">There is none.</exception>
    public static async ValueTask<TopicInfo> FindAsync(IBroker broker, string name, CancellationToken cancellationToken) =>
        await broker.FindTopicAsync(name, cancellationToken) ?? throw new RequestRejectedException(Problem.UnknownTopic(name));

    /// <summary>The topic, created now where the broker is set to do so.</summary>
    /// <exception cref="RequestRejectedException">There is none, or it cannot be created.</exception>
    public static async ValueTask<TopicInfo> FindOrCreateAsync(IBroker broker, string name, CancellationToken cancellationToken)
    {
        if (await broker.FindTopicAsync(name, cancellationToken) is { } topic)
            return topic;
        if (!broker.AutoCreateTopics)
            throw new RequestRejectedException(Problem.UnknownTopic(name));
        var created = await broker.CreateTopicAsync(name, -1, NoConfig, cancellationToken);
        if (created.Error == ErrorCode.TopicExists)
            return await FindAsync(broker, name, cancellationToken);
        return created.Topic ?? throw new RequestRejectedException(Problem.From(created.Error, created.Detail));
    }

    /// <summary>Refuses a partition that the topic does not have.</summary>
    public static void RequirePartition(TopicInfo topic, int partition)
    {
        if (partition >= topic.PartitionCount)
            throw new RequestRejectedException(Problem.UnknownPartition(topic.Name, partition, topic.PartitionCount));
    }

    /// <summary>The largest batch that the topic takes, in bytes.</summary>
    public static int MaxMessageBytes(IBroker broker, TopicInfo topic) =>
        topic.Config.TryGetValue("max.message.bytes", out var text)
            && int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var bytes)
            ? bytes
            : broker.MaxMessageBytes;
}

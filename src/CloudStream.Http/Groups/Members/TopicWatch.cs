using CloudStream.Cluster;
using CloudStream.Http.Face;

namespace CloudStream.Http.Groups.Members;

/// <summary>
/// The partitions of topics as a leader counted them when it assigned. The leader notices topics that are made, widened or deleted and has
/// the group assign anew, as a Kafka client does that leads a group.
/// </summary>
internal sealed class TopicWatch(HttpFace face, IReadOnlyDictionary<string, int> counts)
{
    private long _lookedAt = face.Time.GetTimestamp();

    /// <summary>How many partitions each topic has now; 0 for a topic that does not exist.</summary>
    public static async ValueTask<Dictionary<string, int>> CountAsync(
        IBroker broker, IEnumerable<string> topics, CancellationToken cancellationToken)
    {
        var counts = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var topic in topics)
        {
            if (!counts.ContainsKey(topic))
                counts[topic] = (await broker.FindTopicAsync(topic, cancellationToken))?.PartitionCount ?? 0;
        }

        return counts;
    }

    /// <summary>Whether something has changed; looks no more often than streams that follow a topic look for new partitions.</summary>
    public async ValueTask<bool> HasChangedAsync(CancellationToken cancellationToken)
    {
        if (face.Time.GetElapsedTime(Interlocked.Read(ref _lookedAt)) < face.Options.Heartbeat)
            return false;
        Interlocked.Exchange(ref _lookedAt, face.Time.GetTimestamp());
        var now = await CountAsync(face.Broker, counts.Keys, cancellationToken);
        return now.Any(topic => counts[topic.Key] != topic.Value);
    }
}

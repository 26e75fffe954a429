using CloudStream.Cluster.Brokers;
using CloudStream.Cluster.Topics;
using CloudStream.Kafka.Cluster;
using CloudStream.Kafka.Errors;
using CloudStream.Kafka.Requests;
using CloudStream.Kafka.Topics;
using CloudStream.Log.Calls;

namespace CloudStream.Kafka.Fetch;

/// <summary>
/// Which partitions of one fetch request are answered here, in the order of the request, and why the others are not. Used by one request.
/// </summary>
/// <param name="partitions">How many partitions the request is about.</param>
internal sealed class FetchPlan(int partitions)
{
    /// <summary>What the log is asked.</summary>
    public List<PartitionFetch> Wanted { get; } = new(partitions);

    /// <summary>One for each partition of the request: its place in <see cref="Wanted"/>, or -1 and why not.</summary>
    public List<(int Wanted, KafkaError Error, PartitionLeader Leader)> Partitions { get; } = new(partitions);

    /// <summary>Whether anything is refused: then the answer does not wait.</summary>
    public bool HasErrors { get; private set; }

    /// <summary>Goes through the wanted partitions in their order.</summary>
    public static async ValueTask<FetchPlan> MakeAsync(
        PartitionLeaders leaders, TopicLookup topics, IReadOnlyList<FetchedPartition> wanted, RequestContext context)
    {
        var plan = new FetchPlan(wanted.Count);
        (TopicInfo? Info, KafkaError Error) topic = default;
        for (var i = 0; i < wanted.Count; i++)
        {
            var partition = wanted[i];
            if (i == 0 || !IsSameTopic(partition, wanted[i - 1]))
                topic = await topics.FindAsync(partition.Name, partition.TopicId, context.Version >= 13, context.Ending);
            if (topic.Info is null)
                plan.Refuse(topic.Error);
            else
                await plan.AddAsync(leaders, topic.Info, partition, context.Ending);
        }

        return plan;
    }

    private async ValueTask AddAsync(
        PartitionLeaders leaders, TopicInfo topic, FetchedPartition partition, CancellationToken cancellationToken)
    {
        if ((uint)partition.Index >= (uint)topic.PartitionCount)
        {
            Refuse(KafkaError.UnknownTopicOrPartition);
            return;
        }

        var leader = await leaders.FindAsync(topic, partition.Index, cancellationToken);
        if (leaders.Check(leader, partition.LeaderEpoch) is var error and not KafkaError.None)
        {
            Refuse(error, leader);
            return;
        }

        Partitions.Add((Wanted.Count, KafkaError.None, leader));
        Wanted.Add(new PartitionFetch(new PartitionId(topic.Id, partition.Index), partition.Offset, Math.Max(0, partition.MaxBytes)));
    }

    private static bool IsSameTopic(FetchedPartition one, FetchedPartition other) =>
        one.TopicId == other.TopicId && one.Name == other.Name;

    private void Refuse(KafkaError error, PartitionLeader leader = default)
    {
        HasErrors = true;
        Partitions.Add((-1, error, leader));
    }
}

using CloudStream.Cluster.Topics;
using CloudStream.Kafka.Cluster;
using CloudStream.Kafka.Errors;
using CloudStream.Kafka.Requests;
using CloudStream.Kafka.Topics;
using CloudStream.Log.Calls;

namespace CloudStream.Kafka.Fetch;

/// <summary>Decides for each partition of a fetch request whether it is answered here. Thread-safe.</summary>
internal sealed class FetchPlanner(PartitionLeaders leaders, TopicLookup topics)
{
    /// <summary>Goes through the wanted partitions in their order.</summary>
    public async ValueTask<FetchPlan> PlanAsync(IReadOnlyList<FetchedPartition> wanted, RequestContext context)
    {
        var plan = new FetchPlan(wanted.Count);
        (TopicInfo? Info, KafkaError Error) topic = default;
        for (var i = 0; i < wanted.Count; i++)
        {
            var partition = wanted[i];
            if (i == 0 || !partition.IsSameTopic(wanted[i - 1]))
                topic = await topics.FindAsync(partition.Name, partition.TopicId, context.Version >= 13, context.Ending);
            if (topic.Info is null)
                plan.Refuse(topic.Error);
            else
                await PlanAsync(plan, topic.Info, partition, context);
        }

        return plan;
    }

    private async ValueTask PlanAsync(FetchPlan plan, TopicInfo topic, FetchedPartition partition, RequestContext context)
    {
        if ((uint)partition.Index >= (uint)topic.PartitionCount)
        {
            plan.Refuse(KafkaError.UnknownTopicOrPartition);
            return;
        }

        var leader = await leaders.FindAsync(topic, partition.Index, context.Ending);
        var error = leaders.Check(leader, partition.LeaderEpoch);
        if (error == KafkaError.None)
            plan.Add(new PartitionId(topic.Id, partition.Index), partition.Offset, partition.MaxBytes, leader);
        else
            plan.Refuse(error, leader);
    }
}

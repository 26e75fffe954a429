using CloudStream.Cluster;
using CloudStream.Cluster.Groups;
using CloudStream.Cluster.Topics;
using CloudStream.Kafka.Face;
using CloudStream.Kafka.Messages;
using CloudStream.Kafka.Requests;
using CloudStream.Log.Calls;
using Answers = CloudStream.Kafka.Messages.OffsetDeleteResponse;

namespace CloudStream.Kafka.Groups;

/// <summary>OffsetDelete: committed offsets of topics that nobody in the group is subscribed to (KIP-496).</summary>
internal sealed class OffsetDeleteHandler(KafkaFace face) : KafkaHandler<OffsetDeleteRequest>(ApiKey.OffsetDelete, 0, 0)
{
    protected override async ValueTask<KafkaResponse> HandleAsync(OffsetDeleteRequest request, RequestContext context)
    {
        List<TopicPartition> partitions = [
            .. request.Topics.SelectMany(static t => t.Partitions, static (t, p) => new TopicPartition(t.Name, p.PartitionIndex))];
        var result = await face.Broker.Groups.DeleteOffsetsAsync(new DeleteOffsetsRequest(request.GroupId, partitions), context.Ending);
        var response = new OffsetDeleteResponse { ErrorCode = GroupErrorTable.CodeOf(result.Error) };
        if (result.Error != GroupError.None)
            return response;
        var next = 0;
        foreach (var topic in request.Topics)
        {
            var answer = new Answers.OffsetDeleteResponseTopic { Name = topic.Name };
            foreach (var partition in topic.Partitions)
                answer.Partitions.Add(new Answers.OffsetDeleteResponsePartition
                {
                    PartitionIndex = partition.PartitionIndex,
                    ErrorCode = GroupErrorTable.CodeOf(result.Partitions[next++])
                });
            response.Topics.Add(answer);
        }

        return response;
    }
}

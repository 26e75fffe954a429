using CloudStream.Cluster;
using CloudStream.Cluster.Groups;
using CloudStream.Cluster.Topics;
using CloudStream.Kafka.Errors;
using CloudStream.Kafka.Face;
using CloudStream.Kafka.Messages;
using CloudStream.Kafka.Requests;
using CloudStream.Kafka.Topics;
using CloudStream.Log.Calls;
using Answers = CloudStream.Kafka.Messages.OffsetCommitResponse;

namespace CloudStream.Kafka.Groups;

/// <summary>OffsetCommit: how far a group has come. Topics go by id from version 10 on.</summary>
internal sealed class OffsetCommitHandler(KafkaFace face) : KafkaHandler<OffsetCommitRequest>(ApiKey.OffsetCommit, 2, 10)
{
    private const int FirstVersionById = 10;

    private readonly TopicLookup _topics = new(face.Broker);

    protected override async ValueTask<KafkaResponse> HandleAsync(OffsetCommitRequest request, RequestContext context)
    {
        var response = new OffsetCommitResponse();
        var offsets = new List<OffsetCommit>();
        var answers = new List<Answers.OffsetCommitResponsePartition>();
        foreach (var topic in request.Topics)
        {
            var answer = new Answers.OffsetCommitResponseTopic { Name = topic.Name, TopicId = topic.TopicId };
            response.Topics.Add(answer);
            var (name, error) = await NameAsync(topic, context);
            foreach (var partition in topic.Partitions)
            {
                var part = new Answers.OffsetCommitResponsePartition
                {
                    PartitionIndex = partition.PartitionIndex,
                    ErrorCode = (short)error
                };
                answer.Partitions.Add(part);
                if (error != KafkaError.None)
                    continue;
                answers.Add(part);
                offsets.Add(new OffsetCommit(
                    new TopicPartition(name, partition.PartitionIndex),
                    partition.CommittedOffset,
                    partition.CommittedLeaderEpoch,
                    partition.CommittedMetadata)
                {
                    TopicId = context.Version < FirstVersionById ? null : topic.TopicId,
                });
            }
        }

        var result = await face.Broker.Groups.CommitOffsetsAsync(RequestOf(request, offsets), context.Ending);
        for (var i = 0; i < answers.Count; i++)
            answers[i].ErrorCode = GroupErrorTable.CodeOf(result.Partitions[i]);
        return response;
    }

    private static CommitOffsetsRequest RequestOf(OffsetCommitRequest request, List<OffsetCommit> offsets) => new()
    {
        GroupId = request.GroupId,
        GenerationId = request.GenerationIdOrMemberEpoch,
        MemberId = request.MemberId,
        GroupInstanceId = request.GroupInstanceId,
        Offsets = offsets,
    };

    // Whether a topic of this name exists the engine finds out.
    private async ValueTask<(string Name, KafkaError Error)> NameAsync(
        OffsetCommitRequest.OffsetCommitRequestTopic topic, RequestContext context)
    {
        if (context.Version < FirstVersionById)
            return (topic.Name, KafkaError.None);
        var (info, error) = await _topics.FindAsync(topic.TopicId, context.Ending);
        return (info?.Name ?? "", error);
    }
}

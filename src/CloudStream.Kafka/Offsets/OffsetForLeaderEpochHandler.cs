using CloudStream.Cluster;
using CloudStream.Cluster.Topics;
using CloudStream.Kafka.Errors;
using CloudStream.Kafka.Face;
using CloudStream.Kafka.Messages;
using CloudStream.Kafka.Requests;
using CloudStream.Kafka.Topics;
using CloudStream.Log.Calls;
using Answers = CloudStream.Kafka.Messages.OffsetForLeaderEpochResponse;

namespace CloudStream.Kafka.Offsets;

/// <summary>
/// OffsetForLeaderEpoch: how consumers find out, after the leader epoch has changed, whether what they read is still there (KIP-320): it
/// changes when a cluster is restored.
/// </summary>
internal sealed class OffsetForLeaderEpochHandler(KafkaFace face)
    : KafkaHandler<OffsetForLeaderEpochRequest>(ApiKey.OffsetForLeaderEpoch, 2, 4)
{
    private readonly TopicLookup _topics = new(face.Broker);

    protected override async ValueTask<KafkaResponse> HandleAsync(OffsetForLeaderEpochRequest request, RequestContext context)
    {
        var response = new OffsetForLeaderEpochResponse();
        foreach (var topic in request.Topics)
        {
            var answer = new Answers.OffsetForLeaderTopicResult { Topic = topic.Topic };
            var (info, error) = await _topics.FindAsync(topic.Topic, context.Ending);
            foreach (var partition in topic.Partitions)
                answer.Partitions.Add(info is null ? Refused(partition, error) : await AnswerAsync(info, partition, context));
            response.Topics.Add(answer);
        }

        return response;
    }

    private async ValueTask<Answers.EpochEndOffset> AnswerAsync(
        TopicInfo topic, OffsetForLeaderEpochRequest.OffsetForLeaderPartition wanted, RequestContext context)
    {
        if ((uint)wanted.Partition >= (uint)topic.PartitionCount)
            return Refused(wanted, KafkaError.UnknownTopicOrPartition);
        if (_topics.Check(topic, wanted.Partition, wanted.CurrentLeaderEpoch) is var error and not KafkaError.None)
            return Refused(wanted, error);
        var end = await face.Broker.FindEpochEndAsync(new PartitionId(topic.Id, wanted.Partition), wanted.LeaderEpoch, context.Ending);
        return new Answers.EpochEndOffset
        {
            Partition = wanted.Partition,
            ErrorCode = ErrorTable.CodeOf(end.Error),
            LeaderEpoch = end.LeaderEpoch,
            EndOffset = end.Offset
        };
    }

    private static Answers.EpochEndOffset Refused(OffsetForLeaderEpochRequest.OffsetForLeaderPartition wanted, KafkaError error) =>
        new() { Partition = wanted.Partition, ErrorCode = (short)error };
}

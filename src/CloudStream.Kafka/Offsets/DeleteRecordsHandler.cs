using CloudStream.Cluster;
using CloudStream.Cluster.Topics;
using CloudStream.Kafka.Errors;
using CloudStream.Kafka.Face;
using CloudStream.Kafka.Messages;
using CloudStream.Kafka.Requests;
using CloudStream.Kafka.Topics;
using CloudStream.Log.Calls;
using Answers = CloudStream.Kafka.Messages.DeleteRecordsResponse;

namespace CloudStream.Kafka.Offsets;

/// <summary>DeleteRecords: moves log start offsets up.</summary>
internal sealed class DeleteRecordsHandler(KafkaFace face)
    : KafkaHandler<DeleteRecordsRequest>(ApiKey.DeleteRecords, 0, 2)
{
    private readonly TopicLookup _topics = new(face.Broker);

    protected override async ValueTask<KafkaResponse> HandleAsync(DeleteRecordsRequest request, RequestContext context)
    {
        var response = new DeleteRecordsResponse();
        foreach (var topic in request.Topics)
        {
            var answer = new Answers.DeleteRecordsTopicResult { Name = topic.Name };
            var (info, error) = await _topics.FindAsync(topic.Name, context.Ending);
            foreach (var partition in topic.Partitions)
                answer.Partitions.Add(info is null ? Answer(partition.PartitionIndex, error) : await DeleteAsync(info, partition, context));
            response.Topics.Add(answer);
        }

        return response;
    }

    private async ValueTask<Answers.DeleteRecordsPartitionResult> DeleteAsync(
        TopicInfo topic, DeleteRecordsRequest.DeleteRecordsPartition wanted, RequestContext context)
    {
        if ((uint)wanted.PartitionIndex >= (uint)topic.PartitionCount)
            return Answer(wanted.PartitionIndex, KafkaError.UnknownTopicOrPartition);
        if (!IsDeletable(topic))
            return Answer(wanted.PartitionIndex, KafkaError.PolicyViolation);
        if (wanted.Offset < -1)
            return Answer(wanted.PartitionIndex, KafkaError.OffsetOutOfRange);
        var result = await face.Broker.DeleteRecordsAsync(new PartitionId(topic.Id, wanted.PartitionIndex), wanted.Offset, context.Ending);
        return Answer(wanted.PartitionIndex, ErrorTable.Get(result.Error), result.Offset);
    }

    // Who compacts a topic means to keep the newest record of every key.
    private bool IsDeletable(TopicInfo topic) =>
        face.Broker.DescribeConfig(topic).First(static e => e.Name == "cleanup.policy").Value != "compact";

    private static Answers.DeleteRecordsPartitionResult Answer(int partition, KafkaError error, long lowWatermark = -1) =>
        new() { PartitionIndex = partition, ErrorCode = (short)error, LowWatermark = error == KafkaError.None ? lowWatermark : -1 };
}

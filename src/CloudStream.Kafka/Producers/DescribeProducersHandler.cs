using CloudStream.Cluster;
using CloudStream.Cluster.Topics;
using CloudStream.Kafka.Errors;
using CloudStream.Kafka.Face;
using CloudStream.Kafka.Messages;
using CloudStream.Kafka.Requests;
using CloudStream.Kafka.Topics;
using CloudStream.Log.Calls;
using Answers = CloudStream.Kafka.Messages.DescribeProducersResponse;

namespace CloudStream.Kafka.Producers;

/// <summary>DescribeProducers: the idempotent producers of partitions (KIP-664).</summary>
internal sealed class DescribeProducersHandler(KafkaFace face)
    : KafkaHandler<DescribeProducersRequest>(ApiKey.DescribeProducers, 0, 0)
{
    private readonly TopicLookup _topics = new(face.Broker);

    protected override async ValueTask<KafkaResponse> HandleAsync(DescribeProducersRequest request, RequestContext context)
    {
        var response = new DescribeProducersResponse();
        foreach (var topic in request.Topics)
        {
            var answer = new Answers.TopicResponse { Name = topic.Name };
            var (info, error) = TopicNames.Fault(topic.Name) is null
                ? await _topics.FindAsync(topic.Name, context.Ending)
                : (null, KafkaError.InvalidTopic);
            foreach (var partition in topic.PartitionIndexes)
                answer.Partitions.Add(info is null ? Refused(partition, error) : await DescribeAsync(info, partition, context));
            response.Topics.Add(answer);
        }

        return response;
    }

    private async ValueTask<Answers.PartitionResponse> DescribeAsync(TopicInfo topic, int partition, RequestContext context)
    {
        if ((uint)partition >= (uint)topic.PartitionCount)
            return Refused(partition, KafkaError.UnknownTopicOrPartition);
        var result = await face.Broker.DescribeProducersAsync(new PartitionId(topic.Id, partition), context.Ending);
        return new Answers.PartitionResponse
        {
            PartitionIndex = partition,
            ErrorCode = ErrorTable.CodeOf(result.Error),
            ActiveProducers = [.. result.Producers.Select(p => new Answers.ProducerState
            {
                ProducerId = p.Id,
                ProducerEpoch = p.Epoch,
                LastSequence = p.LastSequence,
                LastTimestamp = p.LastMs,
                CoordinatorEpoch = -1,
            })],
        };
    }

    private static Answers.PartitionResponse Refused(int partition, KafkaError error) =>
        new() { PartitionIndex = partition, ErrorCode = (short)error };
}

using CloudStream.Kafka.Errors;
using CloudStream.Kafka.Face;
using CloudStream.Kafka.Messages;
using CloudStream.Kafka.Requests;
using CloudStream.Kafka.Topics;
using Answers = CloudStream.Kafka.Messages.ElectLeadersResponse;

namespace CloudStream.Kafka.Leadership;

/// <summary>
/// ElectLeaders: never needed, as every broker takes everything. As in Kafka, who asks for all partitions is told of those that changed:
/// none.
/// </summary>
internal sealed class ElectLeadersHandler(KafkaFace face) : KafkaHandler<ElectLeadersRequest>(ApiKey.ElectLeaders, 0, 2)
{
    private readonly TopicLookup _topics = new(face.Broker);

    protected override async ValueTask<KafkaResponse> HandleAsync(ElectLeadersRequest request, RequestContext context)
    {
        var response = new ElectLeadersResponse();
        foreach (var topic in request.TopicPartitions ?? [])
        {
            var answer = new Answers.ReplicaElectionResult { Topic = topic.Topic };
            var (info, error) = await _topics.FindAsync(topic.Topic, context.Ending);
            foreach (var partition in topic.Partitions)
            {
                var outcome = info is null ? error
                    : (uint)partition < (uint)info.PartitionCount ? KafkaError.ElectionNotNeeded
                    : KafkaError.UnknownTopicOrPartition;
                answer.PartitionResult.Add(
                    new Answers.PartitionResult { PartitionId = partition, ErrorCode = (short)outcome, ErrorMessage = Words(outcome) });
            }

            response.ReplicaElectionResults.Add(answer);
        }

        return response;
    }

    private static string? Words(KafkaError error) => error switch
    {
        KafkaError.ElectionNotNeeded => "Leader election not needed for topic partition.",
        KafkaError.UnknownTopicOrPartition => "No such topic or partition.",
        _ => null,
    };
}

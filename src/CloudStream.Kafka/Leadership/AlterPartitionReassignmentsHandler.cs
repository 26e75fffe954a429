using CloudStream.Cluster.Topics;
using CloudStream.Kafka.Errors;
using CloudStream.Kafka.Face;
using CloudStream.Kafka.Messages;
using CloudStream.Kafka.Requests;
using CloudStream.Kafka.Topics;
using Answers = CloudStream.Kafka.Messages.AlterPartitionReassignmentsResponse;

namespace CloudStream.Kafka.Leadership;

/// <summary>
/// AlterPartitionReassignments: granted to where a partition is, as Metadata tells it; refused to anywhere else, as brokers hold no
/// replicas that could be moved.
/// </summary>
internal sealed class AlterPartitionReassignmentsHandler(KafkaFace face)
    : KafkaHandler<AlterPartitionReassignmentsRequest>(ApiKey.AlterPartitionReassignments, 0, 1)
{
    private readonly TopicLookup _topics = new(face.Broker);

    protected override async ValueTask<KafkaResponse> HandleAsync(AlterPartitionReassignmentsRequest request, RequestContext context)
    {
        var response = new AlterPartitionReassignmentsResponse { AllowReplicationFactorChange = request.AllowReplicationFactorChange };
        int[] brokers = [.. face.Broker.LiveBrokers.Select(b => b.Id)];
        foreach (var topic in request.Topics)
        {
            var answer = new Answers.ReassignableTopicResponse { Name = topic.Name };
            var (info, error) = await _topics.FindAsync(topic.Name, context.Ending);
            foreach (var partition in topic.Partitions)
            {
                var (code, words) = info is null ? (error, null) : Reassign(info, partition, brokers);
                answer.Partitions.Add(new Answers.ReassignablePartitionResponse
                {
                    PartitionIndex = partition.PartitionIndex,
                    ErrorCode = (short)code,
                    ErrorMessage = words
                });
            }

            response.Responses.Add(answer);
        }

        return response;
    }

    private (KafkaError Error, string? Detail) Reassign(
        TopicInfo topic, AlterPartitionReassignmentsRequest.ReassignablePartition wanted, int[] brokers)
    {
        if ((uint)wanted.PartitionIndex >= (uint)topic.PartitionCount)
            return (KafkaError.UnknownTopicOrPartition, null);
        if (wanted.Replicas is not { } replicas)
            return (KafkaError.NoReassignmentInProgress, "No partition reassignment is in progress.");
        if (NewTopicChecks.OfReplicas(replicas, brokers) is { } fault)
            return fault;
        return replicas is [var only] && only == _topics.LeaderOf(topic, wanted.PartitionIndex)
            ? (KafkaError.None, null)
            : (KafkaError.InvalidReplicaAssignment,
                "Brokers hold no replicas: records lie in the object store, and every broker takes them for every partition.");
    }
}

using CloudStream.Kafka.Errors;
using CloudStream.Kafka.Messages;
using CloudStream.Kafka.Requests;
using CloudStream.Kafka.Topics;
using Answers = CloudStream.Kafka.Messages.AlterPartitionReassignmentsResponse;

namespace CloudStream.Kafka.Cluster;

/// <summary>AlterPartitionReassignments: refused partition by partition, as brokers hold no replicas that could be moved.</summary>
internal sealed class AlterPartitionReassignmentsHandler(KafkaFace face) : KafkaHandler<AlterPartitionReassignmentsRequest>(ApiKey.AlterPartitionReassignments, 0, 1)
{
    private readonly TopicLookup _topics = new(face.Broker);

    protected override async ValueTask<KafkaResponse> HandleAsync(AlterPartitionReassignmentsRequest request, RequestContext context)
    {
        var response = new AlterPartitionReassignmentsResponse { AllowReplicationFactorChange = request.AllowReplicationFactorChange };
        foreach (var topic in request.Topics)
        {
            var answer = new Answers.ReassignableTopicResponse { Name = topic.Name };
            var (info, error) = await _topics.FindAsync(topic.Name, context.Ending);
            foreach (var partition in topic.Partitions)
            {
                var (code, words) = info is null ? (error, null)
                    : (uint)partition.PartitionIndex >= (uint)info.PartitionCount ? (KafkaError.UnknownTopicOrPartition, null)
                    : partition.Replicas is null ? (KafkaError.NoReassignmentInProgress, "No partition reassignment is in progress.")
                    : (KafkaError.InvalidReplicaAssignment, (string?)"Brokers hold no replicas: records lie in the object store, and leases move by themselves.");
                answer.Partitions.Add(new Answers.ReassignablePartitionResponse { PartitionIndex = partition.PartitionIndex, ErrorCode = (short)code, ErrorMessage = words });
            }

            response.Responses.Add(answer);
        }

        return response;
    }
}

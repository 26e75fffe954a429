using CloudStream.Kafka.Messages;
using CloudStream.Kafka.Requests;

namespace CloudStream.Kafka.Leadership;

/// <summary>ListPartitionReassignments: there are no replicas to move, so none is ever on its way.</summary>
internal sealed class ListPartitionReassignmentsHandler()
    : KafkaHandler<ListPartitionReassignmentsRequest>(ApiKey.ListPartitionReassignments, 0, 0)
{
    protected override ValueTask<KafkaResponse> HandleAsync(ListPartitionReassignmentsRequest request, RequestContext context) =>
        new(new ListPartitionReassignmentsResponse());
}

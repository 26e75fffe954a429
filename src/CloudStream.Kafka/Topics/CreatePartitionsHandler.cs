using CloudStream.Kafka.Errors;
using CloudStream.Kafka.Face;
using CloudStream.Kafka.Messages;
using CloudStream.Kafka.Requests;
using Answers = CloudStream.Kafka.Messages.CreatePartitionsResponse;

namespace CloudStream.Kafka.Topics;

/// <summary>CreatePartitions: widens topics.</summary>
internal sealed class CreatePartitionsHandler(KafkaFace face) : KafkaHandler<CreatePartitionsRequest>(ApiKey.CreatePartitions, 0, 3)
{
    private readonly TopicLookup _topics = new(face.Broker);

    protected override async ValueTask<KafkaResponse> HandleAsync(CreatePartitionsRequest request, RequestContext context)
    {
        var response = new CreatePartitionsResponse();
        foreach (var topics in request.Topics.GroupBy(t => t.Name, StringComparer.Ordinal))
        {
            var (error, detail) = topics.Skip(1).Any()
                ? (KafkaError.InvalidRequest, "Duplicate topic name.")
                : await WidenAsync(topics.First(), request.ValidateOnly, context);
            response.Results.Add(
                new Answers.CreatePartitionsTopicResult { Name = topics.Key, ErrorCode = (short)error, ErrorMessage = detail });
        }

        return response;
    }

    private async ValueTask<(KafkaError Error, string? Detail)> WidenAsync(
        CreatePartitionsRequest.CreatePartitionsTopic wanted, bool validateOnly, RequestContext context)
    {
        var (topic, error) = await _topics.FindAsync(wanted.Name, context.Ending);
        if (topic is null)
            return (error, null);
        if (wanted.Count == topic.PartitionCount)
            return (KafkaError.InvalidPartitions, $"Topic already has {topic.PartitionCount} partition(s).");
        if (wanted.Count < topic.PartitionCount)
            return (KafkaError.InvalidPartitions,
                $"The topic {wanted.Name} currently has {topic.PartitionCount} partition(s); {wanted.Count} would not be an increase.");
        if (wanted.Assignments is { } assignments)
        {
            var more = wanted.Count - topic.PartitionCount;
            if (assignments.Count != more)
                return (KafkaError.InvalidReplicaAssignment,
                    $"Attempted to add {more} additional partition(s), but only {assignments.Count} assignment(s) were specified.");
            int[] brokers = [.. face.Broker.LiveBrokers.Select(b => b.Id)];
            foreach (var assignment in assignments)
            {
                if (NewTopicChecks.OfReplicas(assignment.BrokerIds, brokers) is { } fault)
                    return fault;
            }
        }

        if (NewTopicChecks.OfCount(wanted.Count) is { } tooMany)
            return tooMany;
        if (validateOnly)
            return (KafkaError.None, null);
        var result = await face.Broker.AddPartitionsAsync(wanted.Name, wanted.Count, context.Ending);
        return (ErrorTable.Get(result.Error), result.Detail);
    }
}

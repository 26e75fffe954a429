using CloudStream.Cluster.Topics;
using CloudStream.Kafka.Errors;
using CloudStream.Kafka.Face;
using CloudStream.Kafka.Messages;
using CloudStream.Kafka.Requests;
using Answers = CloudStream.Kafka.Messages.CreateTopicsResponse;

namespace CloudStream.Kafka.Topics;

/// <summary>
/// CreateTopics. Replicas are promised and not made: the stores keep their own copies, and clients ask for up to three by habit.
/// </summary>
internal sealed class CreateTopicsHandler(KafkaFace face) : KafkaHandler<CreateTopicsRequest>(ApiKey.CreateTopics, 2, 7)
{
    protected override async ValueTask<KafkaResponse> HandleAsync(CreateTopicsRequest request, RequestContext context)
    {
        var response = new CreateTopicsResponse();
        foreach (var topics in request.Topics.GroupBy(t => t.Name, StringComparer.Ordinal))
        {
            var topic = topics.First();
            response.Topics.Add(topics.Skip(1).Any()
                ? Refused(topic.Name, KafkaError.InvalidRequest, "Duplicate topic name.")
                : await CreateAsync(topic, request.ValidateOnly, context));
        }

        return response;
    }

    private async ValueTask<Answers.CreatableTopicResult> CreateAsync(
        CreateTopicsRequest.CreatableTopic topic, bool validateOnly, RequestContext context)
    {
        // Of several faults Kafka tells the name's first, then the settings', then those of partitions and replicas.
        var fault = NewTopicChecks.Of(topic, [.. face.Broker.LiveBrokers.Select(b => b.Id)]);
        var partitions = fault is not null ? -1 : topic.Assignments.Count > 0 ? topic.Assignments.Count : topic.NumPartitions;
        var config = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var setting in topic.Configs.Where(static c => c.Value is not null))
            config[setting.Name] = setting.Value!;
        var result = validateOnly || fault is not null
            ? await face.Broker.ValidateTopicAsync(topic.Name, partitions, config, context.Ending)
            : await face.Broker.CreateTopicAsync(topic.Name, partitions, config, context.Ending);
        if (result.Topic is not { } created)
            return Refused(topic.Name, ErrorTable.Get(result.Error), result.Detail);
        return fault is { } wrong ? Refused(topic.Name, wrong.Error, wrong.Detail) : Created(topic, created, context);
    }

    private Answers.CreatableTopicResult Created(CreateTopicsRequest.CreatableTopic wanted, TopicInfo topic, RequestContext context)
    {
        var replicas = wanted.Assignments.Count > 0 ? wanted.Assignments[0].BrokerIds.Count : Math.Max((short)1, wanted.ReplicationFactor);
        var answer = new Answers.CreatableTopicResult
        {
            Name = topic.Name,
            TopicId = topic.Id,
            NumPartitions = topic.PartitionCount,
            ReplicationFactor = (short)replicas,
            Configs = null
        };
        if (context.Version >= 5)
            answer.Configs = TopicConfigAnswers.Of(face.Broker.DescribeConfig(topic));
        return answer;
    }

    private static Answers.CreatableTopicResult Refused(string name, KafkaError error, string? detail) =>
        new() { Name = name, ErrorCode = (short)error, ErrorMessage = detail, Configs = [] };
}

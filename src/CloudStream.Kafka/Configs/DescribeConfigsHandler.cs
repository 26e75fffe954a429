using System.Globalization;
using CloudStream.Cluster.Settings;
using CloudStream.Cluster.Topics;
using CloudStream.Kafka.Errors;
using CloudStream.Kafka.Face;
using CloudStream.Kafka.Messages;
using CloudStream.Kafka.Requests;
using CloudStream.Kafka.Topics;
using Answers = CloudStream.Kafka.Messages.DescribeConfigsResponse;

namespace CloudStream.Kafka.Configs;

/// <summary>DescribeConfigs: every setting of topics and of this broker, with where it comes from.</summary>
internal sealed class DescribeConfigsHandler(KafkaFace face) : KafkaHandler<DescribeConfigsRequest>(ApiKey.DescribeConfigs, 1, 4)
{
    private readonly TopicLookup _topics = new(face.Broker);

    protected override async ValueTask<KafkaResponse> HandleAsync(DescribeConfigsRequest request, RequestContext context)
    {
        var response = new DescribeConfigsResponse();
        foreach (var resource in request.Resources)
        {
            var (entries, error, detail) = await FindAsync(resource, context);
            response.Results.Add(new Answers.DescribeConfigsResult
            {
                ErrorCode = (short)error,
                ErrorMessage = detail ?? (error == KafkaError.None ? null : ""),
                ResourceType = resource.ResourceType,
                ResourceName = resource.ResourceName,
                Configs = [.. entries.Where(e => resource.ConfigurationKeys is not { Count: > 0 } keys || keys.Contains(e.Name)).Select(e => Describe(e, request, resource.ResourceType == ConfigResource.Broker))],
            });
        }

        return response;
    }

    private async ValueTask<(IReadOnlyList<ConfigEntry> Entries, KafkaError Error, string? Detail)> FindAsync(DescribeConfigsRequest.DescribeConfigsResource resource, RequestContext context)
    {
        switch (resource.ResourceType)
        {
            case ConfigResource.Topic when TopicNames.Fault(resource.ResourceName) is not null:
                return ([], KafkaError.InvalidTopic, $"Topic name '{resource.ResourceName}' is illegal.");
            case ConfigResource.Topic:
                var (topic, error) = await _topics.FindAsync(resource.ResourceName, context.Ending);
                return topic is null ? ([], error, null) : (face.Broker.DescribeConfig(topic), KafkaError.None, null);
            case ConfigResource.Broker when resource.ResourceName.Length == 0:
                return ([], KafkaError.None, null); // What was set for all brokers at run time: nothing can be.
            case ConfigResource.Broker:
                return resource.ResourceName == face.Broker.BrokerId.ToString(CultureInfo.InvariantCulture)
                    ? (face.Broker.DescribeBrokerConfig(), KafkaError.None, null)
                    : ([], KafkaError.InvalidRequest, $"Unexpected broker id, expected {face.Broker.BrokerId} or empty string, but received {resource.ResourceName}");
            case ConfigResource.ClientMetrics or ConfigResource.Group when resource.ResourceName.Length == 0:
                return ([], KafkaError.InvalidRequest, "The name of a group or of client metrics must not be empty.");
            case ConfigResource.ClientMetrics or ConfigResource.Group:
                return ([], KafkaError.None, null);
            default:
                return ([], KafkaError.InvalidRequest, $"Unsupported resource type: {resource.ResourceType}");
        }
    }

    private static Answers.DescribeConfigsResourceResult Describe(ConfigEntry entry, DescribeConfigsRequest request, bool isOfBroker) => new()
    {
        Name = entry.Name,
        Value = entry.Value,

        // A broker's settings come with its command line.
        ReadOnly = isOfBroker,
        ConfigSource = TopicConfigAnswers.SourceOf(entry),
        Synonyms = request.IncludeSynonyms ? [.. TopicConfigAnswers.Synonyms(entry)] : [],
        ConfigType = TopicConfigAnswers.TypeOf(entry.Type),
        Documentation = request.IncludeDocumentation ? entry.Doc : null,
    };
}

using CloudStream.Cluster.Settings;
using CloudStream.Cluster.Topics;
using CloudStream.Kafka.Errors;
using CloudStream.Kafka.Face;
using CloudStream.Kafka.Messages;
using CloudStream.Kafka.Requests;
using CloudStream.Kafka.Topics;
using CloudStream.Storage;
using Answers = CloudStream.Kafka.Messages.DescribeConfigsResponse;

namespace CloudStream.Kafka.Configs;

/// <summary>DescribeConfigs: every setting of topics, this broker, groups and client metrics, with where it comes from.</summary>
internal sealed class DescribeConfigsHandler(KafkaFace face) : KafkaHandler<DescribeConfigsRequest>(ApiKey.DescribeConfigs, 1, 4)
{
    private readonly TopicLookup _topics = new(face.Broker);
    private readonly ConfigChanges _changes = new(face);

    protected override async ValueTask<KafkaResponse> HandleAsync(DescribeConfigsRequest request, RequestContext context)
    {
        var response = new DescribeConfigsResponse();
        foreach (var resource in request.Resources)
        {
            var (entries, error, detail) = await TryFindAsync(resource, context);
            response.Results.Add(new Answers.DescribeConfigsResult
            {
                ErrorCode = (short)error,
                ErrorMessage = detail ?? (error == KafkaError.None ? null : ""),
                ResourceType = resource.ResourceType,
                ResourceName = resource.ResourceName,
                Configs = [.. entries
                    .Where(e => resource.ConfigurationKeys is not { Count: > 0 } keys || keys.Contains(e.Name))
                    .Select(e => Describe(e, request))],
            });
        }

        return response;
    }

    private async ValueTask<(IReadOnlyList<ConfigEntry> Entries, KafkaError Error, string? Detail)> FindAsync(
        DescribeConfigsRequest.DescribeConfigsResource resource, RequestContext context)
    {
        switch (resource.ResourceType)
        {
            case ConfigResource.Topic when TopicNames.Fault(resource.ResourceName) is not null:
                return ([], KafkaError.InvalidTopic, $"Topic name '{resource.ResourceName}' is illegal.");
            case ConfigResource.Topic:
                var (topic, error) = await _topics.FindAsync(resource.ResourceName, context.Ending);
                return topic is null ? ([], error, null) : (face.Broker.DescribeConfig(topic), KafkaError.None, null);
            default:
                var (owner, fault) = _changes.OwnerOf(resource.ResourceType, resource.ResourceName);
                return owner is { } found
                    ? (await face.Broker.DescribeSettingsAsync(found, context.Ending), KafkaError.None, null)
                    : ([], KafkaError.InvalidRequest, fault ?? $"Unsupported resource type: {resource.ResourceType}");
        }
    }

    private async ValueTask<(IReadOnlyList<ConfigEntry> Entries, KafkaError Error, string? Detail)> TryFindAsync(
        DescribeConfigsRequest.DescribeConfigsResource resource, RequestContext context)
    {
        try
        {
            return await FindAsync(resource, context);
        }
        catch (StoreException)
        {
            return ([], KafkaError.KafkaStorageError, null);
        }
    }

    private static Answers.DescribeConfigsResourceResult Describe(ConfigEntry entry, DescribeConfigsRequest request) => new()
    {
        Name = entry.Name,
        Value = entry.Value,
        ReadOnly = entry.IsReadOnly,
        ConfigSource = TopicConfigAnswers.SourceOf(entry),
        Synonyms = request.IncludeSynonyms ? [.. TopicConfigAnswers.Synonyms(entry)] : [],
        ConfigType = TopicConfigAnswers.TypeOf(entry.Type),
        Documentation = request.IncludeDocumentation ? entry.Doc : null,
    };
}

using CloudStream.Kafka.Errors;
using CloudStream.Kafka.Face;
using CloudStream.Kafka.Messages;
using CloudStream.Kafka.Requests;
using Answers = CloudStream.Kafka.Messages.AlterConfigsResponse;

namespace CloudStream.Kafka.Configs;

/// <summary>AlterConfigs, the old way: what is not named is reset.</summary>
internal sealed class AlterConfigsHandler(KafkaFace face) : KafkaHandler<AlterConfigsRequest>(ApiKey.AlterConfigs, 0, 2)
{
    private readonly ConfigChanges _changes = new(face);

    protected override async ValueTask<KafkaResponse> HandleAsync(AlterConfigsRequest request, RequestContext context)
    {
        var response = new AlterConfigsResponse();
        foreach (var resources in request.Resources.GroupBy(r => (r.ResourceType, r.ResourceName)))
        {
            var (error, detail) = resources.Skip(1).Any()
                ? (KafkaError.InvalidRequest, "Each resource must appear at most once.")
                : await AlterAsync(resources.First(), request.ValidateOnly, context);
            response.Responses.Add(new Answers.AlterConfigsResourceResponse
            {
                ResourceType = resources.Key.ResourceType,
                ResourceName = resources.Key.ResourceName,
                ErrorCode = (short)error,
                ErrorMessage = detail,
            });
        }

        return response;
    }

    private async ValueTask<(KafkaError Error, string? Detail)> AlterAsync(
        AlterConfigsRequest.AlterConfigsResource resource, bool validateOnly, RequestContext context)
    {
        if (resource.Configs.Find(c => c.Value is null) is { } empty)
            return (KafkaError.InvalidRequest, $"Null value not supported for : {empty.Name}");
        if (resource.Configs.GroupBy(c => c.Name, StringComparer.Ordinal).Any(g => g.Skip(1).Any()))
            return (KafkaError.InvalidRequest, "Error due to duplicate config keys");
        var (owner, fault) = _changes.OwnerOf(resource.ResourceType, resource.ResourceName);
        if (fault is not null)
            return (KafkaError.InvalidRequest, fault);
        if (owner is { } found)
        {
            var all = resource.Configs.ToDictionary(c => c.Name, c => c.Value, StringComparer.Ordinal);
            return await _changes.ApplyAsync(found, all, replace: true, validateOnly, context.Ending);
        }

        return await _changes.ApplyAsync(
            resource.ResourceType,
            resource.ResourceName,
            validateOnly,
            topic =>
            {
                var changes = topic.Config.Keys.ToDictionary(k => k, _ => (string?)null, StringComparer.Ordinal);
                foreach (var setting in resource.Configs)
                    changes[setting.Name] = setting.Value;
                return (changes, null);
            },
            context.Ending);
    }
}

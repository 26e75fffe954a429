using System.Globalization;
using CloudStream.Kafka.Errors;
using CloudStream.Kafka.Face;
using CloudStream.Kafka.Messages;
using CloudStream.Kafka.Requests;
using CloudStream.Storage;
using Answers = CloudStream.Kafka.Messages.ListConfigResourcesResponse;

namespace CloudStream.Kafka.Configs;

/// <summary>ListConfigResources: what has settings (KIP-1142). There are no client metrics and no settings of groups; version 0 asks for the former alone.</summary>
internal sealed class ListConfigResourcesHandler(KafkaFace face) : KafkaHandler<ListConfigResourcesRequest>(ApiKey.ListConfigResources, 0, 1)
{
    protected override async ValueTask<KafkaResponse> HandleAsync(ListConfigResourcesRequest request, RequestContext context)
    {
        var response = new ListConfigResourcesResponse();
        if (context.Version == 0)
            return response;
        if (request.ResourceTypes.Exists(t => t is not (ConfigResource.Topic or ConfigResource.Broker or ConfigResource.BrokerLogger or ConfigResource.ClientMetrics or ConfigResource.Group)))
            return new ListConfigResourcesResponse { ErrorCode = (short)KafkaError.UnsupportedVersion };
        try
        {
            if (Wants(request, ConfigResource.Topic))
                response.ConfigResources.AddRange((await face.Broker.ListTopicsAsync(context.Ending)).Select(t => Resource(t.Name, ConfigResource.Topic)));
        }
        catch (StoreException)
        {
            return new ListConfigResourcesResponse { ErrorCode = (short)KafkaError.KafkaStorageError };
        }

        foreach (var type in (sbyte[])[ConfigResource.Broker, ConfigResource.BrokerLogger])
        {
            if (Wants(request, type))
                response.ConfigResources.AddRange(face.Broker.LiveBrokers.Select(b => Resource(b.Id.ToString(CultureInfo.InvariantCulture), type)));
        }

        return response;
    }

    private static bool Wants(ListConfigResourcesRequest request, sbyte type) => request.ResourceTypes.Count == 0 || request.ResourceTypes.Contains(type);

    private static Answers.ConfigResource Resource(string name, sbyte type) => new() { ResourceName = name, ResourceType = type };
}

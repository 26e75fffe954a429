using System.Globalization;
using CloudStream.Cluster.Settings;
using CloudStream.Kafka.Errors;
using CloudStream.Kafka.Face;
using CloudStream.Kafka.Messages;
using CloudStream.Kafka.Requests;
using CloudStream.Storage;
using Answers = CloudStream.Kafka.Messages.ListConfigResourcesResponse;

namespace CloudStream.Kafka.Configs;

/// <summary>ListConfigResources: what has settings (KIP-1142). Version 0 asks for client metrics alone.</summary>
internal sealed class ListConfigResourcesHandler(KafkaFace face)
    : KafkaHandler<ListConfigResourcesRequest>(ApiKey.ListConfigResources, 0, 1)
{
    private static readonly (sbyte Type, SettingsOwnerKind Kind)[] s_owners =
        [(ConfigResource.ClientMetrics, SettingsOwnerKind.ClientMetrics), (ConfigResource.Group, SettingsOwnerKind.Group)];

    protected override async ValueTask<KafkaResponse> HandleAsync(ListConfigResourcesRequest request, RequestContext context)
    {
        var response = new ListConfigResourcesResponse();
        if (context.Version == 0)
            request = new ListConfigResourcesRequest { ResourceTypes = [ConfigResource.ClientMetrics] };
        if (request.ResourceTypes.Exists(
            t => t is not (ConfigResource.Topic or ConfigResource.Broker or ConfigResource.BrokerLogger or ConfigResource.ClientMetrics
                or ConfigResource.Group)))
            return new ListConfigResourcesResponse { ErrorCode = (short)KafkaError.UnsupportedVersion };
        try
        {
            if (Wants(request, ConfigResource.Topic))
                response.ConfigResources.AddRange(
                    (await face.Broker.ListTopicsAsync(context.Ending)).Select(t => Resource(t.Name, ConfigResource.Topic)));
            foreach (var (type, kind) in s_owners.Where(o => Wants(request, o.Type)))
            {
                var names = await face.Broker.ListSettingsOwnersAsync(kind, context.Ending);
                response.ConfigResources.AddRange(names.Select(n => Resource(n, type)));
            }
        }
        catch (StoreException)
        {
            return new ListConfigResourcesResponse { ErrorCode = (short)KafkaError.KafkaStorageError };
        }

        foreach (var type in (sbyte[])[ConfigResource.Broker, ConfigResource.BrokerLogger])
        {
            if (Wants(request, type))
                response.ConfigResources.AddRange(
                    face.Broker.LiveBrokers.Select(b => Resource(b.Id.ToString(CultureInfo.InvariantCulture), type)));
        }

        return response;
    }

    private static bool Wants(ListConfigResourcesRequest request, sbyte type) =>
        request.ResourceTypes.Count == 0 || request.ResourceTypes.Contains(type);

    private static Answers.ConfigResource Resource(string name, sbyte type) => new() { ResourceName = name, ResourceType = type };
}

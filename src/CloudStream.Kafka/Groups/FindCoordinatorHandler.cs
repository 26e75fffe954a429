using CloudStream.Cluster.Groups;
using CloudStream.Kafka.Cluster;
using CloudStream.Kafka.Errors;
using CloudStream.Kafka.Face;
using CloudStream.Kafka.Messages;
using CloudStream.Kafka.Requests;
using CloudStream.Storage;
using Answers = CloudStream.Kafka.Messages.FindCoordinatorResponse;

namespace CloudStream.Kafka.Groups;

/// <summary>FindCoordinator: which broker looks after a group. From version 4 on for several at once (KIP-699).</summary>
internal sealed class FindCoordinatorHandler(KafkaFace face, ClusterView cluster)
    : KafkaHandler<FindCoordinatorRequest>(ApiKey.FindCoordinator, 0, 6)
{
    private const int Groups = 0;
    private const int FirstBatchedVersion = 4;

    protected override async ValueTask<KafkaResponse> HandleAsync(FindCoordinatorRequest request, RequestContext context)
    {
        var response = new FindCoordinatorResponse();
        if (context.Version < FirstBatchedVersion)
        {
            var one = await FindAsync(request.Key, request.KeyType, context);
            (response.ErrorCode, response.ErrorMessage) = (one.ErrorCode, one.ErrorMessage);
            (response.NodeId, response.Host, response.Port) = (one.NodeId, one.Host, one.Port);
            return response;
        }

        foreach (var key in request.CoordinatorKeys)
            response.Coordinators.Add(await FindAsync(key, request.KeyType, context));
        return response;
    }

    private async ValueTask<Answers.Coordinator> FindAsync(string key, sbyte keyType, RequestContext context)
    {
        if (keyType != Groups)
            return Refused(key, KafkaError.InvalidRequest, "This broker coordinates consumer groups only.");
        try
        {
            var found = await face.Broker.Groups.FindCoordinatorAsync(key, context.Ending);
            if (found.Error != GroupError.None)
                return Refused(key, GroupErrorTable.Get(found.Error), null);

            // The same address as in Metadata: clients that compare them would otherwise keep two connections, or refuse.
            var node = cluster.Nodes(context).Find(n => n.Id == found.Coordinator!.Id);
            return node == default
                ? Refused(key, KafkaError.CoordinatorNotAvailable, null)
                : new Answers.Coordinator
                {
                    Key = key,
                    NodeId = node.Id,
                    Host = node.Address.Host,
                    Port = node.Address.Port,
                    ErrorMessage = ""
                };
        }
        catch (StoreException)
        {
            return Refused(key, KafkaError.CoordinatorNotAvailable, null);
        }
    }

    private static Answers.Coordinator Refused(string key, KafkaError error, string? why) =>
        new() { Key = key, NodeId = -1, Host = "", Port = -1, ErrorCode = (short)error, ErrorMessage = why };
}

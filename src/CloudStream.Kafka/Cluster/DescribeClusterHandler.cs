using CloudStream.Kafka.Errors;
using CloudStream.Kafka.Face;
using CloudStream.Kafka.Messages;
using CloudStream.Kafka.Requests;
using Answers = CloudStream.Kafka.Messages.DescribeClusterResponse;

namespace CloudStream.Kafka.Cluster;

/// <summary>DescribeCluster: the brokers. There are no controllers to be asked.</summary>
internal sealed class DescribeClusterHandler(KafkaFace face, ClusterView cluster)
    : KafkaHandler<DescribeClusterRequest>(ApiKey.DescribeCluster, 0, 2)
{
    private const sbyte Brokers = 1, Controllers = 2;

    protected override ValueTask<KafkaResponse> HandleAsync(DescribeClusterRequest request, RequestContext context)
    {
        if (context.Version >= 1 && request.EndpointType != Brokers)
        {
            var error = request.EndpointType == Controllers ? KafkaError.MismatchedEndpointType : KafkaError.UnsupportedEndpointType;
            return new(new DescribeClusterResponse
            {
                ErrorCode = (short)error,
                ErrorMessage = "This address belongs to a broker.",
                EndpointType = request.EndpointType
            });
        }

        return new(new DescribeClusterResponse
        {
            ClusterId = face.Broker.ClusterId,
            ControllerId = face.Broker.BrokerId,
            Brokers = cluster.Nodes(context).ConvertAll(
                n => new Answers.DescribeClusterBroker { BrokerId = n.Id, Host = n.Address.Host, Port = n.Address.Port }),
            ClusterAuthorizedOperations = request.IncludeClusterAuthorizedOperations
                ? AuthorizedOperations.OnCluster
                : AuthorizedOperations.NotAsked,
        });
    }
}

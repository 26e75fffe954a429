using CloudStream.Kafka.Face;
using CloudStream.Kafka.Requests;

namespace CloudStream.Kafka.Cluster;

/// <summary>The brokers that Kafka clients can be sent to. Thread-safe.</summary>
internal sealed class ClusterView(KafkaFace face)
{
    private readonly HostPort? _advertised = face.Options.Advertised is { } text
        && HostPort.TryParse(text, out var address) ? address : null;

    /// <summary>Every live broker that speaks Kafka, by id; this one under the address at which this client reaches it.</summary>
    public List<KafkaNode> Nodes(in RequestContext context)
    {
        var nodes = new List<KafkaNode>();
        foreach (var broker in face.Broker.LiveBrokers)
        {
            if (broker.Id != face.Broker.BrokerId && broker.Endpoints.TryGetValue(KafkaFace.Name, out var text)
                && HostPort.TryParse(text, out var address))
                nodes.Add(new KafkaNode(broker.Id, address));
        }

        // Also while it is not among the living: a broker that is asked answers for itself.
        nodes.Add(new KafkaNode(face.Broker.BrokerId, OwnAddress(context)));
        nodes.Sort(static (a, b) => a.Id.CompareTo(b.Id));
        return nodes;
    }

    private HostPort OwnAddress(in RequestContext context) => _advertised ?? context.Connection.LocalAddress;
}

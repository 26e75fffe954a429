using System.Net;
using CloudStream.Kafka.Face;
using CloudStream.Kafka.Security;
using CloudStream.Kafka.Users;

namespace CloudStream.Kafka.Requests;

/// <summary>What handlers may know of a connection.</summary>
/// <param name="Peer">The client's address.</param>
/// <param name="LocalAddress">The address that the client came to.</param>
/// <param name="Authentication">How far the client has proved who it is; null where nobody has to.</param>
internal sealed record ConnectionInfo(EndPoint? Peer, HostPort LocalAddress, Authentication? Authentication)
{
    /// <summary>Whether answers may hold parts of files.</summary>
    public bool TakesFiles { get; init; }

    /// <summary>Who the client is.</summary>
    public KafkaPrincipal Principal => Authentication?.Principal ?? KafkaPrincipal.Anonymous;
}

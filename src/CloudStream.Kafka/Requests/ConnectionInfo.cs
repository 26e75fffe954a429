using System.Net;
using CloudStream.Kafka.Face;
using CloudStream.Kafka.Security;
using CloudStream.Kafka.Users;
using CloudStream.Log.Memory;

namespace CloudStream.Kafka.Requests;

/// <summary>What handlers may know of a connection.</summary>
/// <param name="Peer">The client's address.</param>
/// <param name="LocalAddress">The address that the client came to.</param>
/// <param name="Authentication">How far the client has proved who it is; null where nobody has to.</param>
internal sealed record ConnectionInfo(EndPoint? Peer, HostPort LocalAddress, Authentication? Authentication)
{
    /// <summary>
    /// What answers may keep of the broker's memory until they are sent, all of the connection's together: the request of one for which
    /// there is no room is not begun, and neither are those behind it.
    /// </summary>
    public required ByteBudget Answers { get; init; }

    /// <summary>Whether answers may hold parts of files.</summary>
    public bool TakesFiles { get; init; }

    /// <summary>Who the client is.</summary>
    public KafkaPrincipal Principal => Authentication?.Principal ?? KafkaPrincipal.Anonymous;
}

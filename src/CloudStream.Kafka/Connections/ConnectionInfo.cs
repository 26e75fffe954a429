using System.Net;
using CloudStream.Kafka.Cluster;

namespace CloudStream.Kafka.Connections;

/// <summary>What handlers may know of a connection.</summary>
/// <param name="Peer">The client's address.</param>
/// <param name="LocalAddress">The address that the client came to.</param>
internal sealed record ConnectionInfo(EndPoint? Peer, HostPort LocalAddress);

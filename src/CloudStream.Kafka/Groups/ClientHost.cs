using System.Net;

namespace CloudStream.Kafka.Groups;

/// <summary>A client's host as Kafka's tools print it: a slash and the address, without the port.</summary>
internal static class ClientHost
{
    public static string Of(EndPoint? peer) =>
        peer is IPEndPoint { Address: var address } ? $"/{(address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address)}" : "";
}

using System.Globalization;
using System.Net;

namespace CloudStream.Kafka.Face;

/// <summary>An address as clients are told it.</summary>
internal readonly record struct HostPort(string Host, int Port)
{
    /// <summary>Reads <c>host:port</c> or <c>[ipv6]:port</c>.</summary>
    public static bool TryParse(string text, out HostPort address)
    {
        address = default;
        var colon = text.LastIndexOf(':');
        if (colon <= 0 || !int.TryParse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var port)
            || port is < 1 or > IPEndPoint.MaxPort)
            return false;
        var host = text[..colon];
        if (host.StartsWith('[') && host.EndsWith(']'))
            host = host[1..^1];
        address = new HostPort(host, port);
        return host.Length > 0;
    }

    /// <summary>The address of one end of a connection; an IPv4 address in IPv6 clothes as what it is.</summary>
    public static HostPort Of(IPEndPoint end) =>
        new((end.Address.IsIPv4MappedToIPv6 ? end.Address.MapToIPv4() : end.Address).ToString(), end.Port);

    public override string ToString() => Host.Contains(':', StringComparison.Ordinal) ? $"[{Host}]:{Port}" : $"{Host}:{Port}";
}

using System.CommandLine;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace CloudStream.Cli.Shell;

/// <summary>A <c>HOST:PORT</c> to listen on. Port 0 takes a free one, which is printed.</summary>
internal sealed record ListenAddress(string Host, int Port)
{
    /// <summary>Whether a client can go there: a name or an address, and not all addresses of a machine.</summary>
    public bool IsPlace => IPAddress.TryParse(Host, out IPAddress? literal)
        ? !literal.Equals(IPAddress.Any) && !literal.Equals(IPAddress.IPv6Any)
        : Uri.CheckHostName(Host) == UriHostNameType.Dns;

    public static bool TryParse(string text, out ListenAddress address)
    {
        address = new ListenAddress("127.0.0.1", 0);
        int colon = text.LastIndexOf(':');
        if (colon <= 0 || !int.TryParse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out int port)
            || port > IPEndPoint.MaxPort)
            return false;
        string host = text[..colon];
        if (host.StartsWith('[') && host.EndsWith(']'))
            host = host[1..^1];
        else if (host.Contains(':', StringComparison.Ordinal) || host.Contains('/', StringComparison.Ordinal))
            return false;
        address = new ListenAddress(host, port);
        return host.Length > 0;
    }

    public static Option<ListenAddress?> Option(string name, string description, ListenAddress? fallback) => new(name)
    {
        Description = description,
        HelpName = "HOST:PORT",
        DefaultValueFactory = _ => fallback,
        CustomParser = result =>
        {
            string text = result.Tokens[^1].Value;
            if (!TryParse(text, out ListenAddress address))
                result.AddError($"{name}: '{text}' is not HOST:PORT with a port from 0 to 65535");
            return address;
        },
    };

    /// <exception cref="SocketException">The host has no address.</exception>
    public async Task<IPEndPoint> ResolveAsync(CancellationToken cancellationToken)
    {
        if (Host is "*")
            return new IPEndPoint(IPAddress.Any, Port);
        if (IPAddress.TryParse(Host, out IPAddress? literal))
            return new IPEndPoint(literal, Port);
        IPAddress[] addresses = await Dns.GetHostAddressesAsync(Host, cancellationToken);
        return new IPEndPoint(addresses.FirstOrDefault(a => a.AddressFamily == AddressFamily.InterNetwork) ?? addresses[0], Port);
    }

    public override string ToString() => Host.Contains(':', StringComparison.Ordinal) ? $"[{Host}]:{Port}" : $"{Host}:{Port}";
}

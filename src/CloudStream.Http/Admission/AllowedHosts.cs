using System.Net;
using Microsoft.AspNetCore.Http;

namespace CloudStream.Http.Admission;

/// <summary>
/// By which names this broker may be called. A web page whose own name is suddenly led to this machine (DNS rebinding) is "same origin" to
/// its browser and reads and writes as it likes; only the name in <c>Host</c> gives it away. So names are taken that nobody outside can
/// lead anywhere, and those that were set. Immutable.
/// </summary>
/// <param name="names">Names; <c>.domain</c> or <c>*.domain</c> stands for all names in it, <c>*</c> for all names.</param>
internal sealed class AllowedHosts(IEnumerable<string> names)
{
    private readonly string[] _names = [.. names.Select(n => Plain(n.StartsWith("*.", StringComparison.Ordinal) ? n[1..] : n))];
    private readonly string _machine = Plain(Dns.GetHostName());

    /// <summary>Whether a request may come under this name.</summary>
    /// <param name="host">As the client sent it; browsers always send one.</param>
    /// <param name="local">The address that the client reached; null where there is none.</param>
    public bool Allow(HostString host, IPAddress? local)
    {
        var name = Plain(host.Host);

        // An address cannot be led elsewhere, and "localhost" leads here without asking anybody.
        if (name.Length == 0 || IPAddress.TryParse(name, out _) || name == "localhost"
            || name.EndsWith(".localhost", StringComparison.Ordinal))
            return true;
        if (Array.Exists(_names, n => Matches(n, name)))
            return true;

        // A name without a dot means something in a local network alone. Whoever makes such names there reaches what the network reaches
        // anyway, but not what only this machine does.
        return local is not null && !IPAddress.IsLoopback(local) && (!name.Contains('.', StringComparison.Ordinal) || name == _machine);
    }

    private static bool Matches(string allowed, string name) =>
        allowed == "*" || allowed == name || (allowed.StartsWith('.') && name.EndsWith(allowed, StringComparison.Ordinal));

    private static string Plain(string name) => name.TrimEnd('.').ToLowerInvariant();
}

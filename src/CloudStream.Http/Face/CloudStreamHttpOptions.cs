using CloudStream.Cluster.Settings;
using Microsoft.AspNetCore.Http;

namespace CloudStream.Http.Face;

/// <summary>How the HTTP API behaves. Plain data; <see cref="Validate"/> is called when it is mapped.</summary>
public sealed class CloudStreamHttpOptions
{
    /// <summary>Largest request body in bytes, NDJSON streams aside. Default 64 MiB; 1 KiB to 1 GiB.</summary>
    public int MaxRequestBytes { get; set; } = 64 * 1024 * 1024;

    /// <summary>
    /// A request body that holds memory of the broker's budget and of which fewer than 64 KiB come in this time is given up
    /// (<c>cloudstream.receive.stall.ms</c>). Default 30 s; at least 10 ms.
    /// </summary>
    public TimeSpan MaxReceiveStall { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// Bytes of records that one NDJSON stream may hold between its socket and the commit; past it the socket is not read. Default 8 MiB;
    /// at least 64 KiB.
    /// </summary>
    public int MaxStreamBufferBytes { get; set; } = 8 * 1024 * 1024;

    /// <summary>
    /// How long an NDJSON stream goes on trying when the broker says Overloaded or StoreUnavailable. Default 30 s; 0 to 10 minutes.
    /// </summary>
    public TimeSpan StreamRetry { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// An event stream without records gets a comment this often, so that proxies keep it open. Default 15 s; 10 ms to 60 s.
    /// </summary>
    public TimeSpan Heartbeat { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>Streams of records to readers that may be open at a time; past it readers get 429. Default 10,000; at least 1.</summary>
    public int MaxTails { get; set; } = 10_000;

    /// <summary>
    /// Members of consumer groups that speak HTTP and that this broker keeps at a time; past it joins get 429. Default 10,000; at least 1.
    /// </summary>
    public int MaxGroupMembers { get; set; } = 10_000;

    /// <summary>
    /// A connection is closed when no request comes on it for this long. Default 130 s; at least 1 ms, or <see
    /// cref="Timeout.InfiniteTimeSpan"/>.
    /// </summary>
    public TimeSpan KeepAlive { get; set; } = TimeSpan.FromSeconds(130);

    /// <summary>
    /// A client that takes nothing of its answer for this long is cut off; one that takes it slowly is not. Default 60 s; at least 10 ms.
    /// </summary>
    public TimeSpan MaxSendStall { get; set; } = TimeSpan.FromSeconds(60);

    /// <summary>What <c>GET /v1/cluster</c> says as <c>version</c>.</summary>
    public string Version { get; set; } = typeof(CloudStreamHttpOptions).Assembly.GetName().Version?.ToString(3) ?? "0.0.0";

    /// <summary>
    /// Names besides addresses and <c>localhost</c> by which requests may call this broker (<c>cloudstream.http.allowed.hosts</c>):
    /// without a port; <c>.domain</c> stands for all names in it,
    /// <c>*</c> for all names. Default none.
    /// </summary>
    public IReadOnlyList<string> AllowedHosts { get; set; } = [];

    /// <summary>
    /// Origins besides the broker's own whose web pages may use it (<c>cloudstream.http.allowed.origins</c>), such as
    /// <c>https://console.example</c>; <c>*</c> stands for all. Default none.
    /// </summary>
    public IReadOnlyList<string> AllowedOrigins { get; set; } = [];

    /// <summary>Takes over what was set for the broker and concerns this face; the names that it advertises are allowed.</summary>
    /// <param name="broker">The broker's options.</param>
    public void Take(BrokerOptions broker)
    {
        ArgumentNullException.ThrowIfNull(broker);
        var advertised = broker.Endpoints.Values.Select(HostOf).Where(static h => h != "*");
        AllowedHosts = [.. BrokerSettings.List(broker, FaceSettingNames.HttpAllowedHosts), .. advertised];
        AllowedOrigins = BrokerSettings.List(broker, FaceSettingNames.HttpAllowedOrigins);
        MaxReceiveStall = TimeSpan.FromMilliseconds(BrokerSettings.Number(broker, FaceSettingNames.ReceiveStallMs));
        if (broker.Settings.ContainsKey(FaceSettingNames.MaxIdleMs))
            KeepAlive = KeepAliveOf(BrokerSettings.Number(broker, FaceSettingNames.MaxIdleMs));
    }

    /// <summary>Checks ranges.</summary>
    /// <exception cref="ArgumentException">A value is out of its range; the message names it, the value and the limit.</exception>
    public void Validate()
    {
        Require(MaxRequestBytes is >= 1024 and <= 1024 * 1024 * 1024, nameof(MaxRequestBytes), MaxRequestBytes, "1 KiB to 1 GiB");
        Require(MaxReceiveStall >= TimeSpan.FromMilliseconds(10), nameof(MaxReceiveStall), MaxReceiveStall, "at least 10 ms");
        Require(MaxStreamBufferBytes >= 64 * 1024, nameof(MaxStreamBufferBytes), MaxStreamBufferBytes, "at least 64 KiB");
        Require(StreamRetry >= TimeSpan.Zero && StreamRetry <= TimeSpan.FromMinutes(10), nameof(StreamRetry), StreamRetry,
            "0 to 10 minutes");
        Require(Heartbeat >= TimeSpan.FromMilliseconds(10) && Heartbeat <= TimeSpan.FromSeconds(60), nameof(Heartbeat), Heartbeat,
            "10 ms to 60 s");
        var isKeepAlive = KeepAlive == Timeout.InfiniteTimeSpan || KeepAlive >= TimeSpan.FromMilliseconds(1);
        Require(isKeepAlive, nameof(KeepAlive), KeepAlive, "at least 1 ms, or infinite");
        Require(MaxSendStall >= TimeSpan.FromMilliseconds(10), nameof(MaxSendStall), MaxSendStall, "at least 10 ms");
        Require(MaxTails >= 1, nameof(MaxTails), MaxTails, "at least 1");
        Require(MaxGroupMembers >= 1, nameof(MaxGroupMembers), MaxGroupMembers, "at least 1");
    }

    private static TimeSpan KeepAliveOf(long ms) =>
        ms is < 0 or > int.MaxValue ? Timeout.InfiniteTimeSpan : TimeSpan.FromMilliseconds(Math.Max(1, ms));

    // "http://host:port" or "host:port"; the host may be "*", which says nothing of names.
    private static string HostOf(string endpoint)
    {
        var scheme = endpoint.IndexOf("://", StringComparison.Ordinal);
        return HostString.FromUriComponent(scheme < 0 ? endpoint : endpoint[(scheme + 3)..]).Host;
    }

    private static void Require(bool holds, string name, object value, string limit)
    {
        if (!holds)
            throw new ArgumentException($"{name} is {value}; it must be {limit}.", name);
    }
}

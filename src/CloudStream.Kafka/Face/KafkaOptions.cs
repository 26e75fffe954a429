using CloudStream.Cluster.Settings;
using CloudStream.Kafka.Users;

namespace CloudStream.Kafka.Face;

/// <summary>How the Kafka face behaves. Plain data; <see cref="Validate"/> is called when it is started.</summary>
public sealed class KafkaOptions
{
    private const long MaxMs = long.MaxValue / TimeSpan.TicksPerMillisecond - 1;

    /// <summary>
    /// The <c>HOST:PORT</c> that clients are told to reach this broker at. Null: the address that the client came to, which is right
    /// wherever no address is translated in between.
    /// </summary>
    public string? Advertised { get; set; }

    /// <summary>
    /// Largest request in bytes (Kafka: <c>socket.request.max.bytes</c>). Default 100 MiB; 64 KiB to 1 GiB. A larger one closes the
    /// connection before it is buffered.
    /// </summary>
    public int MaxRequestBytes { get; set; } = 100 * 1024 * 1024;

    /// <summary>Requests of one connection that may be in progress; past it the connection is not read. Default 256; 1 to 10,000.</summary>
    public int MaxRequestsInFlight { get; set; } = 256;

    /// <summary>
    /// Largest fetch response in bytes, whatever the client asks (Kafka: <c>fetch.max.bytes</c>). Default 55 MiB; at least 1 KiB.
    /// </summary>
    public int MaxFetchBytes { get; set; } = 55 * 1024 * 1024;

    /// <summary>
    /// Bytes of fetch responses that one connection may have in progress; past it the connection is not read. Default 64 MiB; at least 64
    /// KiB.
    /// </summary>
    public long MaxAnswerBytes { get; set; } = 64L * 1024 * 1024;

    /// <summary>
    /// A connection on which nothing happens is closed after this (Kafka: <c>connections.max.idle.ms</c>). Default 10 minutes; at least 10
    /// ms; <see cref="TimeSpan.MaxValue"/> for never.
    /// </summary>
    public TimeSpan MaxIdle { get; set; } = TimeSpan.FromMinutes(10);

    /// <summary>
    /// A client that takes nothing of its answer for this long is cut off; one that takes it slowly is not. Default 60 s; at least 10 ms.
    /// </summary>
    public TimeSpan MaxSendStall { get; set; } = TimeSpan.FromSeconds(60);

    /// <summary>
    /// A request that holds memory of the broker's budget and of which fewer than 64 KiB come in this time is given up with its connection
    /// (<c>cloudstream.receive.stall.ms</c>). Default 30 s; at least 10 ms.
    /// </summary>
    public TimeSpan MaxReceiveStall { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// Incremental fetch sessions that are kept (Kafka: <c>max.incremental.fetch.session.cache.slots</c>). Default 1,000; 0 or more.
    /// Clients without one send whole fetch requests.
    /// </summary>
    public int MaxFetchSessions { get; set; } = 1000;

    /// <summary>Who may come, by SASL PLAIN. Default null: everybody, and nobody is asked for a name.</summary>
    public KafkaUsers? Users { get; set; }

    /// <summary>
    /// Largest frame in bytes of a client that has not authenticated yet (Kafka: <c>sasl.server.max.receive.size</c>). Default 512 KiB; 1
    /// KiB to 100 MiB.
    /// </summary>
    public int MaxAuthenticationBytes { get; set; } = 512 * 1024;

    /// <summary>A client that has not authenticated within this is cut off. Default 30 s; at least 10 ms.</summary>
    public TimeSpan MaxAuthentication { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// How long a failed authentication is answered later, so that guessing takes time (Kafka:
    /// <c>connection.failed.authentication.delay.ms</c>). Default 100 ms; 0 to less than <see cref="MaxAuthentication"/>.
    /// </summary>
    public TimeSpan FailedAuthenticationDelay { get; set; } = TimeSpan.FromMilliseconds(100);

    /// <summary>
    /// How long a client is taken for who it said it is; then it authenticates again or is cut off at its next request (Kafka:
    /// <c>connections.max.reauth.ms</c>, KIP-368). Default null: as long as it stays; otherwise above 0.
    /// </summary>
    public TimeSpan? MaxSession { get; set; }

    /// <summary>
    /// Partitions in one answer to DescribeTopicPartitions (Kafka: <c>max.request.partition.size.limit</c>). Default 2,000; at least 1.
    /// </summary>
    public int MaxDescribedPartitions { get; set; } = 2000;

    /// <summary>Takes over what was set for the broker under Kafka's names and concerns this face.</summary>
    /// <param name="broker">The broker's options.</param>
    public void Take(BrokerOptions broker)
    {
        MaxFetchSessions = (int)BrokerSettings.Number(broker, FaceSettingNames.FetchSessions);
        MaxDescribedPartitions = (int)BrokerSettings.Number(broker, FaceSettingNames.RequestPartitionSizeLimit);
        MaxAuthenticationBytes = (int)BrokerSettings.Number(broker, FaceSettingNames.SaslMaxReceiveSize);
        MaxReceiveStall = TimeSpan.FromMilliseconds(BrokerSettings.Number(broker, FaceSettingNames.ReceiveStallMs));
        var idle = BrokerSettings.Number(broker, FaceSettingNames.MaxIdleMs);
        MaxIdle = idle < 0 || idle > MaxMs ? TimeSpan.MaxValue : TimeSpan.FromMilliseconds(Math.Max(idle, 10));
        FailedAuthenticationDelay = TimeSpan.FromMilliseconds(BrokerSettings.Number(broker, FaceSettingNames.FailedAuthenticationDelayMs));
        var session = BrokerSettings.Number(broker, FaceSettingNames.MaxReauthMs);
        MaxSession = session > 0 ? TimeSpan.FromMilliseconds(Math.Min(session, MaxMs)) : null;
    }

    /// <summary>Checks ranges.</summary>
    /// <exception cref="ArgumentException">A value is out of its range; the message names it, the value and the limit.</exception>
    public void Validate()
    {
        Require(Advertised is null || HostPort.TryParse(Advertised, out _), nameof(Advertised), Advertised ?? "", "HOST:PORT");
        Require(MaxRequestBytes is >= 64 * 1024 and <= 1024 * 1024 * 1024, nameof(MaxRequestBytes), MaxRequestBytes, "64 KiB to 1 GiB");
        Require(MaxRequestsInFlight is >= 1 and <= 10_000, nameof(MaxRequestsInFlight), MaxRequestsInFlight, "1 to 10,000");
        Require(MaxFetchBytes >= 1024, nameof(MaxFetchBytes), MaxFetchBytes, "at least 1 KiB");
        Require(MaxAnswerBytes >= 64 * 1024, nameof(MaxAnswerBytes), MaxAnswerBytes, "at least 64 KiB");
        Require(MaxIdle >= TimeSpan.FromMilliseconds(10), nameof(MaxIdle), MaxIdle, "at least 10 ms");
        Require(MaxSendStall >= TimeSpan.FromMilliseconds(10), nameof(MaxSendStall), MaxSendStall, "at least 10 ms");
        Require(MaxReceiveStall >= TimeSpan.FromMilliseconds(10), nameof(MaxReceiveStall), MaxReceiveStall, "at least 10 ms");
        Require(MaxFetchSessions >= 0, nameof(MaxFetchSessions), MaxFetchSessions, "0 or more");
        Require(MaxAuthenticationBytes is >= 1024 and <= 100 * 1024 * 1024, nameof(MaxAuthenticationBytes), MaxAuthenticationBytes,
            "1 KiB to 100 MiB");
        Require(MaxAuthentication >= TimeSpan.FromMilliseconds(10), nameof(MaxAuthentication), MaxAuthentication, "at least 10 ms");
        Require(FailedAuthenticationDelay >= TimeSpan.Zero && FailedAuthenticationDelay < MaxAuthentication,
            nameof(FailedAuthenticationDelay), FailedAuthenticationDelay, "0 to less than MaxAuthentication");
        Require(MaxDescribedPartitions >= 1, nameof(MaxDescribedPartitions), MaxDescribedPartitions, "at least 1");
        Require(MaxSession is null || MaxSession > TimeSpan.Zero, nameof(MaxSession), MaxSession!, "above 0");
    }

    private static void Require(bool holds, string name, object value, string limit)
    {
        if (!holds)
            throw new ArgumentException($"{name} is {value}; it must be {limit}.", name);
    }
}

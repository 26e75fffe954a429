namespace CloudStream.Kafka;

/// <summary>How the Kafka face behaves. Plain data; <see cref="Validate"/> is called when it is started.</summary>
public sealed class KafkaOptions
{
    /// <summary>The <c>HOST:PORT</c> that clients are told to reach this broker at. Null: the address that the client came to, which is right wherever no address is translated in between.</summary>
    public string? Advertised { get; set; }

    /// <summary>Largest request in bytes (Kafka: <c>socket.request.max.bytes</c>). Default 100 MiB; 64 KiB to 1 GiB. A larger one closes the connection before it is buffered.</summary>
    public int MaxRequestBytes { get; set; } = 100 * 1024 * 1024;

    /// <summary>Connections at a time (Kafka: <c>max.connections</c>). Default 10,000; at least 1. Further ones are closed at once.</summary>
    public int MaxConnections { get; set; } = 10_000;

    /// <summary>Requests of one connection that may be in progress; past it the connection is not read. Default 256; 1 to 10,000.</summary>
    public int MaxRequestsInFlight { get; set; } = 256;

    /// <summary>Largest fetch response in bytes, whatever the client asks (Kafka: <c>fetch.max.bytes</c>). Default 55 MiB; at least 1 KiB.</summary>
    public int MaxFetchBytes { get; set; } = 55 * 1024 * 1024;

    /// <summary>Bytes of fetch responses that one connection may have in progress; past it the connection is not read. Default 64 MiB; at least 64 KiB.</summary>
    public long MaxAnswerBytes { get; set; } = 64L * 1024 * 1024;

    /// <summary>A connection on which nothing happens is closed after this (Kafka: <c>connections.max.idle.ms</c>). Default 10 minutes; at least 10 ms.</summary>
    public TimeSpan MaxIdle { get; set; } = TimeSpan.FromMinutes(10);

    /// <summary>A client that takes nothing of its answer for this long is cut off. Default 60 s; at least 10 ms.</summary>
    public TimeSpan MaxSendStall { get; set; } = TimeSpan.FromSeconds(60);

    /// <summary>Incremental fetch sessions that are kept (Kafka: <c>max.incremental.fetch.session.cache.slots</c>). Default 1,000; 0 or more. Clients without one send whole fetch requests.</summary>
    public int MaxFetchSessions { get; set; } = 1000;

    /// <summary>Checks ranges.</summary>
    /// <exception cref="ArgumentException">A value is out of its range; the message names it, the value and the limit.</exception>
    public void Validate()
    {
        Require(Advertised is null || Cluster.HostPort.TryParse(Advertised, out _), nameof(Advertised), Advertised ?? "", "HOST:PORT");
        Require(MaxRequestBytes is >= 64 * 1024 and <= 1024 * 1024 * 1024, nameof(MaxRequestBytes), MaxRequestBytes, "64 KiB to 1 GiB");
        Require(MaxConnections >= 1, nameof(MaxConnections), MaxConnections, "at least 1");
        Require(MaxRequestsInFlight is >= 1 and <= 10_000, nameof(MaxRequestsInFlight), MaxRequestsInFlight, "1 to 10,000");
        Require(MaxFetchBytes >= 1024, nameof(MaxFetchBytes), MaxFetchBytes, "at least 1 KiB");
        Require(MaxAnswerBytes >= 64 * 1024, nameof(MaxAnswerBytes), MaxAnswerBytes, "at least 64 KiB");
        Require(MaxIdle >= TimeSpan.FromMilliseconds(10), nameof(MaxIdle), MaxIdle, "at least 10 ms");
        Require(MaxSendStall >= TimeSpan.FromMilliseconds(10), nameof(MaxSendStall), MaxSendStall, "at least 10 ms");
        Require(MaxFetchSessions >= 0, nameof(MaxFetchSessions), MaxFetchSessions, "0 or more");
    }

    private static void Require(bool holds, string name, object value, string limit)
    {
        if (!holds)
            throw new ArgumentException($"{name} is {value}; it must be {limit}.", name);
    }
}

namespace CloudStream.Cluster.Settings;

/// <summary>Names of the broker settings that the engine keeps for its faces and does not read itself.</summary>
public static class FaceSettingNames
{
    /// <summary>Incremental fetch sessions that the Kafka face keeps.</summary>
    public const string FetchSessions = "max.incremental.fetch.session.cache.slots";

    /// <summary>Partitions in one answer to DescribeTopicPartitions.</summary>
    public const string RequestPartitionSizeLimit = "max.request.partition.size.limit";

    /// <summary>Milliseconds that an authentication holds.</summary>
    public const string MaxReauthMs = "connections.max.reauth.ms";

    /// <summary>Milliseconds by which a failed authentication is answered later.</summary>
    public const string FailedAuthenticationDelayMs = "connection.failed.authentication.delay.ms";

    /// <summary>Largest frame in bytes of a client that has not authenticated.</summary>
    public const string SaslMaxReceiveSize = "sasl.server.max.receive.size";

    /// <summary>Connections that all faces may have open together.</summary>
    public const string MaxConnections = "max.connections";

    /// <summary>Milliseconds after which a connection on which nothing happens is closed.</summary>
    public const string MaxIdleMs = "connections.max.idle.ms";

    /// <summary>Milliseconds in which 64 KiB of a request have to come that holds memory.</summary>
    public const string ReceiveStallMs = "cloudstream.receive.stall.ms";

    /// <summary>Names by which HTTP requests may call the broker.</summary>
    public const string HttpAllowedHosts = "cloudstream.http.allowed.hosts";

    /// <summary>Origins whose web pages may use the HTTP API.</summary>
    public const string HttpAllowedOrigins = "cloudstream.http.allowed.origins";
}

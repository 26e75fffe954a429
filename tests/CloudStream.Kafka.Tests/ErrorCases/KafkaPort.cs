namespace CloudStream.Kafka.Tests.ErrorCases;

/// <summary>The ports that a broker under test has.</summary>
public enum KafkaPort
{
    /// <summary>Nobody is asked who he is.</summary>
    Open,

    /// <summary>Clients authenticate once.</summary>
    Users,

    /// <summary>Clients authenticate again each hour.</summary>
    Sessions,

    /// <summary>Clients authenticate again each millisecond.</summary>
    ShortSessions,
}

using CloudStream.Kafka.Tests.ErrorCases;

namespace CloudStream.Kafka.Tests.Security;

/// <summary>
/// What a client sends on one connection, and what it is told step by step. The words of Apache Kafka are literals that a real broker is
/// held to as well.
/// </summary>
/// <param name="Port">Where.</param>
/// <param name="Name">What is tried.</param>
/// <param name="Kafka">What Apache Kafka 4.3 says to each step; the last is "closed" when it closes the connection.</param>
/// <param name="Steps">What is sent; each says what came back.</param>
internal sealed record SaslCase(KafkaPort Port, string Name, string Kafka, params Func<SaslClient, Task<string>>[] Steps)
{
    /// <summary>What CloudStream says.</summary>
    public string CloudStream { get; private init; } = Kafka;

    /// <summary>Why that is something else; null where it is the same.</summary>
    public string? Reason { get; private init; }

    /// <summary>The same case, in which CloudStream differs on purpose.</summary>
    public SaslCase Differs(string cloudStream, string reason) => this with { CloudStream = cloudStream, Reason = reason };
}

namespace CloudStream.Kafka.Tests.ErrorCases;

/// <summary>
/// A request that is wrong, or looks so, and the codes that come back. The codes of Apache Kafka are literals that a real broker is held to
/// as well.
/// </summary>
/// <param name="Name">What is asked.</param>
/// <param name="Kafka">The codes that Apache Kafka 4.3 answers, in the order of the answer; "closed" when it closes the connection.</param>
/// <param name="Ask">Asks, and gives the codes back.</param>
internal sealed record ErrorCase(string Name, string Kafka, Func<CaseBroker, Task<string>> Ask)
{
    /// <summary>What <see cref="Kafka"/> is when Apache Kafka neither answers nor closes the connection: nothing to wait for.</summary>
    public const string Silence = "no answer";

    /// <summary>What CloudStream answers.</summary>
    public string CloudStream { get; private init; } = Kafka;

    /// <summary>Why that is something else; null where it is the same.</summary>
    public string? Reason { get; private init; }

    /// <summary>The same case, in which CloudStream differs on purpose.</summary>
    public ErrorCase Differs(string cloudStream, string reason) => this with { CloudStream = cloudStream, Reason = reason };
}

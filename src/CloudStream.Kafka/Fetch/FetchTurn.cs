using CloudStream.Kafka.Errors;

namespace CloudStream.Kafka.Fetch;

/// <summary>One request's turn in a fetch session, or outside any.</summary>
/// <param name="Error">Why there is no turn.</param>
/// <param name="Partitions">The partitions that it means, in the order in which they are served.</param>
/// <param name="Session">Its session; null outside any.</param>
/// <param name="IsIncremental">Whether the client is told only what has changed since the last turn.</param>
internal sealed record FetchTurn(
    KafkaError Error, IReadOnlyList<FetchedPartition> Partitions, FetchSession? Session = null, bool IsIncremental = false)
{
    /// <summary>What the client is told as its session; 0 for none.</summary>
    public int SessionId => Session?.Id ?? 0;
}

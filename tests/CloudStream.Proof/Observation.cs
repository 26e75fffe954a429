namespace CloudStream.Proof;

/// <summary>Something that one observer learned of a partition's frontiers or records.</summary>
/// <param name="Client">The observer.</param>
/// <param name="Broker">The process that answered.</param>
/// <param name="Partition">Of what.</param>
/// <param name="Invoked">Tick of the question.</param>
/// <param name="Completed">Tick of the answer.</param>
/// <param name="LogStart">-1 when nothing was said about it.</param>
/// <param name="HighWatermark">One past the last committed record; -1 when nothing was said about it.</param>
/// <param name="Records">What was read.</param>
public sealed record Observation(
    string Client, string Broker, int Partition, long Invoked, long Completed, long LogStart, long HighWatermark,
    IReadOnlyList<(long Offset, string Value)> Records);

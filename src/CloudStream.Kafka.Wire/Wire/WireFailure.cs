namespace CloudStream.Kafka.Wire;

/// <summary>
/// Why bytes could not be read as a message: the first thing that was wrong, and where. For the log; clients never see it.
/// </summary>
/// <param name="Field">The field, as Structure.Field of the message's description.</param>
/// <param name="Position">Bytes from the start of what was read to where reading stopped.</param>
/// <param name="Reason">What was wrong.</param>
/// <param name="Value">The length, count or byte that was found.</param>
/// <param name="Limit">What it was compared with: the bytes that remain, or the most that is allowed.</param>
internal readonly record struct WireFailure(string Field, long Position, WireFailureReason Reason, long Value, long Limit)
{
    public override string ToString() => $"{Field} at byte {Position}: {Reason}, found {Value}, limit {Limit}";
}

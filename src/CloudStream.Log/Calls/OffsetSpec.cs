namespace CloudStream.Log.Calls;

/// <summary>
/// Which offset is wanted: a place in the log, or the first record at or after a time. Non-negative values are timestamps in milliseconds,
/// negative ones Kafka's.
/// </summary>
public readonly record struct OffsetSpec(long Value)
{
    /// <summary>The log end offset (Kafka: -1).</summary>
    public static readonly OffsetSpec Latest = new(-1);

    /// <summary>The log start offset (Kafka: -2).</summary>
    public static readonly OffsetSpec Earliest = new(-2);

    /// <summary>The offset of the record with the largest timestamp (Kafka: -3).</summary>
    public static readonly OffsetSpec MaxTimestamp = new(-3);

    /// <summary>The first record whose timestamp is at least <paramref name="milliseconds"/> since the epoch.</summary>
    public static OffsetSpec AtOrAfter(long milliseconds) => new(ArgumentNonNegative(milliseconds));

    private static long ArgumentNonNegative(long value)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(value);
        return value;
    }
}

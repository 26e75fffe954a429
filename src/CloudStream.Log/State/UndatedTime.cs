namespace CloudStream.Log.State;

/// <summary>
/// When a slice was written in which no record has a timestamp: retention goes by that, as Kafka goes by when a segment was written. It
/// stands where the largest timestamp of the records would, as a number far below -1: so it is below whatever a look-up by time asks for,
/// and the largest of several is the latest.
/// </summary>
internal static class UndatedTime
{
    private const long Zero = -(1L << 52);
    private const long Latest = (1L << 51) - 1;

    /// <summary>What stands for the largest timestamp of a slice that was written then.</summary>
    /// <param name="writtenMs">The writer's clock, milliseconds since the Unix epoch.</param>
    public static long Of(long writtenMs) => Zero + Math.Clamp(writtenMs, 0, Latest);

    /// <summary>
    /// The time by which a slice ages, milliseconds since the Unix epoch; -1 where nothing is known of it, as nobody kept it when it was
    /// written.
    /// </summary>
    /// <param name="maxTimestamp">Its largest timestamp.</param>
    public static long AgedBy(long maxTimestamp) => maxTimestamp >= -1 ? maxTimestamp : maxTimestamp - Zero;
}

namespace CloudStream.Records;

/// <summary>Which partition a keyed record goes to: the same for every Kafka client with the default (Java) partitioner.</summary>
public static class DefaultPartitioner
{
    /// <param name="key">The record's key as bytes; may be empty.</param>
    /// <param name="partitionCount">At least 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no partition.</exception>
    public static int ForKey(ReadOnlySpan<byte> key, int partitionCount)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(partitionCount, 1);
        return (Murmur2.Hash(key) & int.MaxValue) % partitionCount;
    }
}

namespace CloudStream.Client;

/// <summary>Chooses the partition of records that name none. Must be thread-safe.</summary>
public interface IPartitioner
{
    /// <summary>
    /// The partition for a record, 0 up to <paramref name="partitionCount"/> - 1; -1 leaves it to the sticky choice of the producer.
    /// </summary>
    /// <param name="topic">The topic's name.</param>
    /// <param name="key">The key's bytes; empty where there is none.</param>
    /// <param name="keyIsNull">Whether the record has no key.</param>
    /// <param name="partitionCount">At least 1.</param>
    int Partition(string topic, ReadOnlySpan<byte> key, bool keyIsNull, int partitionCount);
}

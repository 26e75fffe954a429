namespace CloudStream.Log.Calls;

/// <summary>What a fetch over several partitions wants of one of them.</summary>
/// <param name="Partition">The partition.</param>
/// <param name="Offset">The first offset wanted.</param>
/// <param name="MaxBytes">Stop adding batches of this partition once this many bytes are there.</param>
public readonly record struct PartitionFetch(PartitionId Partition, long Offset, int MaxBytes);

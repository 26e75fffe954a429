using CloudStream.Log.State;

namespace CloudStream.Cluster.Topics;

/// <summary>A partition's frontiers and place.</summary>
/// <param name="Partition">Partition number.</param>
/// <param name="Shard">The shard that it lives in.</param>
/// <param name="Leader">Id of the broker that clients should ask, which any other can be asked instead of; -1 when none lives.</param>
/// <param name="LeaderEpoch">How often the cluster has been restored.</param>
/// <param name="LogStartOffset">First offset that can be read.</param>
/// <param name="HighWatermark">One past the last committed record.</param>
/// <param name="Bytes">Stored bytes of the partition's live slices.</param>
/// <param name="AcceptedLosses">Offsets that were given up, ascending and apart; nearly always none.</param>
public readonly record struct PartitionInfo(
    int Partition,
    int Shard,
    int Leader,
    int LeaderEpoch,
    long LogStartOffset,
    long HighWatermark,
    long Bytes,
    IReadOnlyList<AcceptedLoss> AcceptedLosses);

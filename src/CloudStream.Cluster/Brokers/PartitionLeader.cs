namespace CloudStream.Cluster.Brokers;

/// <summary>Whom clients should ask about a partition.</summary>
/// <param name="BrokerId">The broker.</param>
/// <param name="Epoch">The leader epoch: the epoch of the shard's lease. It never goes down.</param>
public readonly record struct PartitionLeader(int BrokerId, int Epoch);

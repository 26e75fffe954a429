using CloudStream.Cluster.Brokers;
using CloudStream.Log.Shards;
using CloudStream.Storage;

namespace CloudStream.Cluster.Groups.Coordination;

/// <summary>Who coordinates what in the cluster, and where it is kept. Thread-safe.</summary>
internal interface ICoordinators
{
    /// <summary>Whether this broker can coordinate anything; one without leases cannot.</summary>
    bool HoldsLeases { get; }

    /// <summary>The coordinator shards.</summary>
    IReadOnlyList<Shard> Shards { get; }

    /// <summary>The coordinator shard that a group's name hashes to.</summary>
    Shard ShardOf(string groupId);

    /// <summary>
    /// The epoch under which this broker holds a coordinator shard; 0 when, as far as it knows, it does not.
    /// </summary>
    int EpochOf(Shard shard);

    /// <summary>The broker that coordinates a group, read strongly; null when nobody does.</summary>
    /// <exception cref="StoreException">The store cannot be asked.</exception>
    ValueTask<BrokerInfo?> FindAsync(string groupId, CancellationToken cancellationToken);
}

using CloudStream.Cluster.Brokers;
using CloudStream.Cluster.Groups.Registers;
using CloudStream.Storage;

namespace CloudStream.Cluster.Groups.Coordination;

/// <summary>Who coordinates what in the cluster. Thread-safe.</summary>
internal interface ICoordinators
{
    /// <summary>Whether this broker can coordinate anything; one without leases cannot.</summary>
    bool HoldsLeases { get; }

    /// <summary>Changes whenever this broker gets or loses anything to coordinate.</summary>
    int Signature { get; }

    /// <summary>What this broker claims a group under; null when, as far as it knows, it does not coordinate the group.</summary>
    GroupClaim? OwnClaim(string groupId);

    /// <summary>The broker that coordinates a group, read strongly; null when nobody does.</summary>
    /// <exception cref="StoreException">The store cannot be asked.</exception>
    ValueTask<BrokerInfo?> FindAsync(string groupId, CancellationToken cancellationToken);
}

using CloudStream.Cluster.Registers;

namespace CloudStream.Cluster.Brokers;

/// <summary>
/// Who should hold which shard: rendezvous hashing. Each broker has a weight for each shard and the heaviest live one should hold it, so
/// that brokers who see the same live set agree without talking, and one that comes or goes moves only its own share.
/// </summary>
internal static class Placement
{
    /// <summary>The id of the broker that should hold the shard; -1 when none is live.</summary>
    public static int HolderOf(int shard, IEnumerable<BrokerInfo> live)
    {
        var (holder, heaviest) = (-1, 0UL);
        foreach (var broker in live)
        {
            var weight = StableHash.Of(shard, broker.Id);
            if (holder < 0 || weight > heaviest || (weight == heaviest && broker.Id < holder))
                (holder, heaviest) = (broker.Id, weight);
        }

        return holder;
    }
}

using CloudStream.Cluster.Registers;
using CloudStream.Log.Calls;

namespace CloudStream.Cluster.Brokers;

/// <summary>
/// Who should hold which shard, and who should lead which partition: rendezvous hashing. Each broker has a weight for each of them and the
/// heaviest live one is it, so that brokers who see the same live set agree without talking, and one that comes or goes moves only its own
/// share.
/// </summary>
internal static class Placement
{
    /// <summary>The id of the broker that should hold the shard; -1 when none is live.</summary>
    public static int HolderOf(int shard, IEnumerable<BrokerInfo> live) => Heaviest(live, shard, static (s, id) => StableHash.Of(s, id));

    /// <summary>The id of the broker that should lead the partition; -1 when none is live.</summary>
    public static int LeaderOf(PartitionId partition, IEnumerable<BrokerInfo> live) =>
        Heaviest(live, StableHash.Of(partition.TopicId, partition.Index), static (hash, id) => StableHash.Of(hash, id));

    private static int Heaviest<T>(IEnumerable<BrokerInfo> live, T of, Func<T, int, ulong> weigh)
    {
        var (best, heaviest) = (-1, 0UL);
        foreach (var broker in live)
        {
            var weight = weigh(of, broker.Id);
            if (best < 0 || weight > heaviest || (weight == heaviest && broker.Id < best))
                (best, heaviest) = (broker.Id, weight);
        }

        return best;
    }
}

using System.Text;
using CloudStream.Cluster.Brokers;
using CloudStream.Cluster.Groups.Registers;
using CloudStream.Cluster.Registers;
using CloudStream.Log.Journal;
using CloudStream.Log.Shards;

namespace CloudStream.Cluster.Groups.Coordination;

/// <summary>Which broker coordinates what: the holder of the shard that a name hashes to. Thread-safe.</summary>
internal sealed class CoordinatorLookup(
    IReadOnlyList<Shard> shards, Func<IReadOnlyList<BrokerInfo>>? liveBrokers, LeaseIdentity identity,
    SettledRegisters registers) : ICoordinators
{
    /// <inheritdoc/>
    public bool HoldsLeases => liveBrokers is not null;

    /// <inheritdoc/>
    public int Signature
    {
        get
        {
            var hash = default(HashCode);
            foreach (var shard in shards)
                hash.Add(shard.IsHeld ? shard.State.Epoch : 0);
            return hash.ToHashCode();
        }
    }

    /// <summary>The number of the shard that a name hashes to.</summary>
    public static int ShardNumberOf(string name, int shardCount) => (int)(StableHash.Of(Encoding.UTF8.GetBytes(name)) % (ulong)shardCount);

    /// <inheritdoc/>
    public GroupClaim? OwnClaim(string groupId)
    {
        if (!HoldsLeases)
            return null;
        var state = ShardOf(groupId).State;
        return state.Holder is { } holder && holder == identity.Incarnation ? new GroupClaim(state.Epoch, holder) : null;
    }

    /// <inheritdoc/>
    public async ValueTask<BrokerInfo?> FindAsync(string groupId, CancellationToken cancellationToken)
    {
        var shard = ShardOf(groupId);
        var holder = (shard.IsSurelyHeld ? shard.State : await shard.RefreshAsync(cancellationToken)).Holder;
        if (holder is null)
            return null;
        var brokers = liveBrokers is not null ? liveBrokers() : await ReadBrokersAsync(cancellationToken);
        return brokers.FirstOrDefault(b => b.Incarnation == holder);
    }

    private Shard ShardOf(string name) => shards[ShardNumberOf(name, shards.Count)];

    // A function watches nobody, so it cannot tell who is silent; its answer may name a broker that died.
    private async ValueTask<IReadOnlyList<BrokerInfo>> ReadBrokersAsync(CancellationToken cancellationToken)
    {
        var brokers = new List<BrokerInfo>();
        foreach (var register in await registers.ListAsync(BrokerRegister.Prefix, cancellationToken))
        {
            var broker = BrokerRegister.Decode(register);
            if (!broker.HasLeft)
                brokers.Add(new BrokerInfo(BrokerRegister.IdOf(register.Key), broker.Incarnation, broker.Endpoints));
        }

        return brokers;
    }
}

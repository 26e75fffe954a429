using System.Text;
using CloudStream.Cluster.Brokers;
using CloudStream.Cluster.Registers;
using CloudStream.Log.Journal;
using CloudStream.Log.Shards;

namespace CloudStream.Cluster.Groups.Coordination;

/// <summary>Which broker coordinates what: the holder of the coordinator shard that a name hashes to. Thread-safe.</summary>
internal sealed class CoordinatorLookup(
    IReadOnlyList<Shard> shards, Func<IReadOnlyList<BrokerInfo>>? liveBrokers, LeaseIdentity identity,
    SettledRegisters registers) : ICoordinators
{
    /// <inheritdoc/>
    public bool HoldsLeases => liveBrokers is not null;

    /// <inheritdoc/>
    public IReadOnlyList<Shard> Shards => shards;

    /// <inheritdoc/>
    public Shard ShardOf(string groupId) => shards[(int)(StableHash.Of(Encoding.UTF8.GetBytes(groupId)) % (ulong)shards.Count)];

    /// <inheritdoc/>
    public int EpochOf(Shard shard)
    {
        var state = shard.State;
        return HoldsLeases && state.Holder == identity.Incarnation ? state.Epoch : 0;
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

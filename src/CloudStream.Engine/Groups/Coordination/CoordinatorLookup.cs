using System.Text;
using CloudStream.Engine.Cluster;
using CloudStream.Engine.Shards;
using CloudStream.Storage;

namespace CloudStream.Engine.Groups.Coordination;

/// <summary>Which broker coordinates what: the holder of the shard that a name hashes to. Thread-safe.</summary>
internal sealed class CoordinatorLookup(IReadOnlyList<Shard> shards, Func<IReadOnlyList<BrokerInfo>>? liveBrokers, SettledRegisters registers)
{
    /// <summary>Whether this broker can coordinate anything; one without leases cannot.</summary>
    public bool HoldsLeases => liveBrokers is not null;

    /// <summary>The shard that a name hashes to.</summary>
    public Shard ShardOf(string name) => shards[ShardNumberOf(name, shards.Count)];

    /// <summary>The number of the shard that a name hashes to.</summary>
    public static int ShardNumberOf(string name, int shardCount) => (int)(StableHash.Of(Encoding.UTF8.GetBytes(name)) % (ulong)shardCount);

    /// <summary>Whether this broker coordinates the name, as far as it knows.</summary>
    public bool IsOwn(string name) => HoldsLeases && ShardOf(name).IsHeld;

    /// <summary>The broker that coordinates the name; null when nobody does.</summary>
    /// <exception cref="StoreException">The store cannot be asked.</exception>
    public async ValueTask<BrokerInfo?> FindAsync(string name, CancellationToken cancellationToken)
    {
        var shard = ShardOf(name);
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

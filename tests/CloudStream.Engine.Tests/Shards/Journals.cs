using CloudStream.Cluster.Formation;
using CloudStream.Log.Journal;
using CloudStream.Log.Options;
using CloudStream.Storage.Metadata;

namespace CloudStream.Engine.Tests.Shards;

/// <summary>The journals of a cluster as they lie in its registers.</summary>
internal static class Journals
{
    public static async Task<JournalRing> RingOfAsync(IMetadataStore registers) =>
        ClusterRegister.Decode((await registers.GetAsync(ClusterRegister.Key, ShardCluster.Token))!.Value).Ring;

    /// <summary>The newest commit of a shard.</summary>
    public static async Task<JournalSlot> NewestAsync(IMetadataStore registers, int shard) =>
        (await new JournalReader(shard, await RingOfAsync(registers), registers).FindNewestAsync(ShardCluster.Token))!.Value.Commit;

    /// <summary>The register in which it lies.</summary>
    public static async Task<Register> NewestSlotAsync(IMetadataStore registers, int shard)
    {
        var ring = await RingOfAsync(registers);
        return (await registers.GetAsync(ring.KeyOf(shard, (await NewestAsync(registers, shard)).Version), ShardCluster.Token))!;
    }

    /// <summary>All slots of a shard that were ever written.</summary>
    public static async Task<List<Register>> SlotsAsync(IMetadataStore registers, int shard) =>
        await registers.ListAsync((await RingOfAsync(registers)).FamilyOf(shard), ShardCluster.Token).ToListAsync(ShardCluster.Token);
}

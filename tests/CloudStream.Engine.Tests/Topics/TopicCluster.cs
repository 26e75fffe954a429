using System.Collections.Immutable;
using CloudStream.Cluster.Settings;
using CloudStream.Cluster.Topics;
using CloudStream.Engine.Tests.Cluster;
using CloudStream.Log.Calls;
using CloudStream.Log.Entries;
using CloudStream.Log.Journal;
using CloudStream.Log.Runtime;
using CloudStream.Log.State;
using CloudStream.Storage.Memory;
using CloudStream.Storage.Metadata;

namespace CloudStream.Engine.Tests.Topics;

/// <summary>Registers and shards that several catalogs share, in memory and in virtual time.</summary>
internal sealed class TopicCluster(int shardCount = 3)
{
    private readonly ShardState[] _shards = [.. Enumerable.Range(0, shardCount).Select(ShardState.Empty)];
    private int _seed;

    public ManualTime Time { get; } = new();

    public MemoryMetadataStore Store { get; } = new();

    /// <summary>A broker's catalog; its calls to registers and shards alike pass <see cref="FaultPoints"/>.</summary>
    public (TopicCatalog Catalog, FaultPoints Faults) NewBroker(
        BrokerOptions? options = null, int? seed = null, Func<IMetadataStore, IMetadataStore>? through = null)
    {
        var faults = new FaultPoints(Store);
        var runtime = FaultPoints.Runtime(Time, seed ?? ++_seed);
        var shards = new ShardAccess(
            shardCount,
            (shard, propose, _) => faults.PassAsync(() => new ValueTask<CommitOutcome>(Submit(shard, propose))),
            (shard, _) => new ValueTask<ShardState>(_shards[shard]));
        return (new TopicCatalog(through?.Invoke(faults) ?? faults, shards, options ?? new BrokerOptions(), runtime,
            new LogMetrics(runtime.Meter)), faults);
    }

    public TopicCatalog NewCatalog() => NewBroker().Catalog;

    /// <summary>Runs to the end, moving time over every back-off.</summary>
    public Task<T> RunAsync<T>(ValueTask<T> call) => Time.RunAsync(call.AsTask());

    /// <summary>The partitions of a topic that are in their shards.</summary>
    public int[] PartitionsOf(Guid id) =>
        [.. _shards.SelectMany(s => s.Slots.Keys).Where(p => p.TopicId == id).Select(p => p.Index).Order()];

    /// <summary>Partitions in all shards.</summary>
    public int Partitions => _shards.Sum(s => s.Slots.Count);

    /// <summary>Where a partition is; -1 for nowhere.</summary>
    public int ShardOf(Guid id, int partition) => Array.FindIndex(_shards, s => s.Slots.ContainsKey(new PartitionId(id, partition)));

    /// <summary>The register of a topic; null for none.</summary>
    public async Task<TopicRegister?> RegisterAsync(string name) =>
        KnownTopic.From(await Store.GetAsync("topics/" + name, CancellationToken.None))?.Register;

    /// <summary>Writes a register as a broker that stopped half-way left it.</summary>
    public async Task LeaveBehindAsync(string name, TopicRegister register)
    {
        var present = await Store.GetVersionAsync("topics/" + name, CancellationToken.None);
        Assert.True(
            (await Store.PutAsync("topics/" + name, register.Encode(), present.Version, default, CancellationToken.None)).Succeeded);
    }

    public static ImmutableSortedDictionary<string, string> NoConfig { get; } = ImmutableSortedDictionary.Create<string, string>(
        StringComparer.Ordinal);

    /// <summary>Puts a partition into a shard.</summary>
    public void Place(int shard, PartitionId partition) => Submit(shard, _ => new PartitionCreatedEntry(0, partition));

    private CommitOutcome Submit(int shard, Func<ShardState, Entry?> propose)
    {
        lock (_shards)
        {
            var entry = propose(_shards[shard]);
            if (entry is null)
                return new CommitOutcome(CommitResult.Withdrawn, _shards[shard]);
            _shards[shard] = ShardTransition.Apply(_shards[shard], _shards[shard].Version + 1, entry);
            return new CommitOutcome(CommitResult.Applied, _shards[shard]);
        }
    }
}

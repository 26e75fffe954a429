using System.Diagnostics.Metrics;
using CloudStream.Cluster.Settings;
using CloudStream.Engine.Tests.Shards;
using CloudStream.Log.Calls;
using CloudStream.Log.Entries;
using CloudStream.Log.Health;
using CloudStream.Log.Runtime;
using CloudStream.Log.Upkeep;
using CloudStream.Log.Waiting;
using CloudStream.Storage.Objects;
using Microsoft.Extensions.Logging.Abstractions;

namespace CloudStream.Engine.Tests.Upkeep;

/// <summary>Upkeep beside real shards: appends, merges, deletions and sweeps at the same time, and recovery from what is left.</summary>
public sealed class ShardUpkeepTests : IAsyncDisposable
{
    private readonly ShardCluster _cluster = new();
    private readonly Meter _meter = new("upkeep test");

    public async ValueTask DisposeAsync()
    {
        await _cluster.DisposeAsync();
        _meter.Dispose();
    }

    [Fact]
    public async Task Records_survive_merges_deletions_and_sweeps_while_they_are_appended_and_recovery_after_them()
    {
        var process = await _cluster.OpenAsync();
        await process.Shard.SubmitAsync(_ => new HolderEntry(0, 1, "0/test"), ShardCluster.Token);
        var runtime = NewRuntime();
        var upkeep = NewUpkeep(process, runtime);
        var sweep = new OrphanSweep(process.Objects, runtime, new UpkeepMetrics(runtime));
        var expected = new Dictionary<long, string>();

        for (var round = 0; round < 40; round++)
        {
            var appends = Enumerable.Range(0, 12).Select(i => (Value: $"{round}/{i}", Task: process.AppendAsync($"{round}/{i}"))).ToList();
            var other = process.AppendAsync(ShardCluster.Batch($"other {round}"), ShardCluster.Other);
            if (round % 10 == 9)
                Assert.True(await sweep.RunAsync([process.Shard], ShardCluster.Token));
            else
                await upkeep.TickAsync(ShardCluster.Token);
            foreach (var (value, task) in appends)
                expected.Add((await task).BaseOffset, value);
            Assert.Equal(ErrorCode.None, (await other).Error);
        }

        Assert.Equal(480, expected.Count);
        await SettleAsync(process, upkeep);
        Assert.True(await sweep.RunAsync([process.Shard], ShardCluster.Token));

        var recovered = await _cluster.OpenAsync(createPartitions: false);
        foreach (var state in new[] { process.Shard.State, recovered.Shard.State })
        {
            var log = await _cluster.ReadLogAsync(state, ShardCluster.Partition);
            Assert.Equal(expected.OrderBy(e => e.Key).Select(e => (e.Key, e.Value)), log);
            var other = await _cluster.ReadLogAsync(state, ShardCluster.Other);
            Assert.Equal(Enumerable.Range(0, 40).Select(i => $"other {i}"), other.Select(l => l.Value));
        }

        // What is stored is what is live, and the checkpoint; and it is little.
        var live = recovered.Shard.State.Objects.Keys.Append(recovered.Shard.State.Checkpoint!.Value)
            .Concat(recovered.Shard.State.Trash.Select(t => t.Object)).Select(o => o.NameIn(0)).ToHashSet();
        var stored = await _cluster.Objects.ListAsync("", ShardCluster.Token).Select(o => o.Name).ToListAsync(ShardCluster.Token);
        Assert.Empty(stored.Except(live));
        Assert.InRange(recovered.Shard.State.Objects.Count, 1, 63);
        Assert.Contains(recovered.Shard.State.Objects.Values, o => o.Level > 0);
    }

    [Fact]
    public async Task A_broker_recovers_although_flushes_of_the_registers_tail_were_trimmed_away()
    {
        var process = await _cluster.OpenAsync();
        await process.Shard.SubmitAsync(_ => new HolderEntry(0, 1, "0/test"), ShardCluster.Token);
        var upkeep = NewUpkeep(process, NewRuntime());

        // So many items that the entry only points to the object's directory.
        var appends = Enumerable.Range(0, 400).Select(i => process.AppendAsync(
            ShardCluster.Batch(new Records.RecordBatchOptions { ProducerId = i, ProducerEpoch = 0, BaseSequence = 0 }, $"{i}"))).ToList();
        foreach (var append in appends)
            Assert.Equal(ErrorCode.None, (await append).Error);
        await upkeep.Trimmer.TrimAsync(0, 400, ShardCluster.Token);
        await SettleAsync(process, upkeep);

        Assert.Empty(process.Shard.State.Objects);
        var recovered = await _cluster.OpenAsync(createPartitions: false);
        Assert.Equal((400L, 400L), (recovered.Shard.State.Partitions[0].LogStartOffset, recovered.Shard.State.Partitions[0].EndOffset));
    }

    // Until nothing but an old checkpoint waits for deletion; trash may need a checkpoint, which is written beside the commits.
    private static async Task SettleAsync(ShardCluster.Process process, ShardUpkeep upkeep)
    {
        while (process.Shard.State.Trash.Any(t => t.Object.Kind != ObjectKind.Checkpoint))
        {
            using var change = new ChangeWait();
            var isWaiting = change.TryAdd(process.Shard, process.Shard.State.Version);
            if (isWaiting && !await upkeep.TickAsync(ShardCluster.Token)
                && process.Shard.State.Trash.Any(t => t.Object.Kind != ObjectKind.Checkpoint))
                await change.Moved.WaitAsync(ShardCluster.Token);
        }
    }

    private static ShardUpkeep NewUpkeep(ShardCluster.Process process, BrokerRuntime runtime) => new(
        process.Shard,
        process.Objects,
        runtime,
        new BrokerOptions { TrashGrace = TimeSpan.Zero },
        new UpkeepMetrics(runtime),
        new Troubles(runtime, _ => null),
        _ => null);

    private BrokerRuntime NewRuntime() => new(TimeProvider.System, new RandomSource(99), NullLoggerFactory.Instance, _meter);
}

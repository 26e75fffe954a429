using CloudStream.Log.Calls;
using CloudStream.Log.Entries;
using CloudStream.Log.Journal;
using CloudStream.Log.Options;
using CloudStream.Log.State;
using CloudStream.Records;
using CloudStream.Storage;
using CloudStream.Storage.Metadata;
using CloudStream.Storage.Objects;

namespace CloudStream.Engine.Tests.Shards;

/// <summary>Small flushes travel with their commits until a checkpoint spills them into an object.</summary>
public sealed class InlineFlushTests : IAsyncDisposable
{
    private readonly ShardCluster _cluster = new() { Ring = new JournalRing("test", 16) };

    public ValueTask DisposeAsync() => _cluster.DisposeAsync();

    [Fact]
    public async Task A_small_flush_is_one_write_of_a_register_and_a_larger_one_has_an_object()
    {
        await using var cluster = new ShardCluster();
        var process = await cluster.OpenAsync(o => o.InlineMaxBytes = 200);
        var writes = process.Metadata.Puts;

        await process.AppendAsync("small");
        Assert.Equal((writes + 1, 0), (process.Metadata.Puts, process.Objects.Put.Count));
        await process.AppendAsync(new string('x', 200));

        Assert.Equal((writes + 2, 1), (process.Metadata.Puts, process.Objects.Put.Count));
        Assert.Equal(["small", new string('x', 200)], await ValuesAsync(cluster, process.Shard.State));
        var other = await cluster.OpenAsync(createPartitions: false);
        Assert.Equal(["small", new string('x', 200)], await ValuesAsync(cluster, other.Shard.State));
        Assert.Equal(CheckpointCodec.Encode(process.Shard.State).ToArray(), CheckpointCodec.Encode(other.Shard.State).ToArray());
    }

    [Fact]
    public async Task A_checkpoint_spills_them_for_writers_followers_and_who_starts_alike()
    {
        var (writer, follower) = (await OpenAsync(), await OpenAsync());
        var appends = new List<string>();
        for (var i = 0; i < 60; i++)
        {
            var other = i % 3 == 0 ? ShardCluster.Other : (PartitionId?)null;
            await writer.AppendAsync(ShardCluster.Batch($"r{i}"), other);
            if (other is null)
                appends.Add($"r{i}");
            if (i % 7 == 0)
                await follower.Shard.RefreshAsync(ShardCluster.Token);
        }

        var state = await follower.Shard.RefreshAsync(ShardCluster.Token);
        var next = await OpenAsync(createPartitions: false);

        Assert.Equal(CheckpointCodec.Encode(writer.Shard.State).ToArray(), CheckpointCodec.Encode(state).ToArray());
        Assert.Equal(CheckpointCodec.Encode(writer.Shard.State).ToArray(), CheckpointCodec.Encode(next.Shard.State).ToArray());
        Assert.Equal(appends, await ValuesAsync(_cluster, next.Shard.State));
        Assert.All(next.Shard.State.Inline, f => Assert.True(f.Object.Born > next.Shard.State.CheckpointVersion));
        Assert.Empty(writer.PutSegments);
        var spilled = next.Shard.State.Find(ShardCluster.Partition)!.Recent.Where(s => s.Object.Kind == ObjectKind.Spill).ToList();
        Assert.Equal(spilled.Count, spilled.Select(s => s.Object).Distinct().Count()); // What lies side by side is one slice.
    }

    [Fact]
    public async Task Behind_a_spill_a_start_needs_nothing_of_the_slots_that_it_covers()
    {
        var time = new ManualTime();
        await using var cluster = new ShardCluster();
        var process = await cluster.OpenAsync(o => o.InlineMaxBytes = LogOptions.MostInlineBytes, time: time);
        for (var i = 0; i < 20; i++)
            await process.AppendAsync($"r{i}");
        time.Advance(TimeSpan.FromSeconds(11));
        while (process.Shard.State.Checkpoint is null)
            await process.Shard.RefreshAsync(ShardCluster.Token);

        Assert.Equal(["i", "c"], process.Objects.Put.Select(n => n[8..9])); // First the records, then what names them.
        Assert.Empty(process.Shard.State.Inline);
        var next = await cluster.OpenAsync(createPartitions: false);
        Assert.Equal(Enumerable.Range(0, 20).Select(i => $"r{i}"), await ValuesAsync(cluster, next.Shard.State));
        Assert.Single(next.Shard.State.Find(ShardCluster.Partition)!.Recent);
    }

    [Fact]
    public async Task What_was_trimmed_refused_or_deleted_before_the_spill_changes_nothing_of_the_rest()
    {
        await using var cluster = new ShardCluster();
        var process = await cluster.OpenAsync(o =>
        {
            (o.InlineMaxBytes, o.FlushInterval) = (LogOptions.MostInlineBytes, TimeSpan.FromMilliseconds(20));
        });
        var (state, other) = (process.Shard.State, await cluster.OpenAsync(createPartitions: false));
        await process.AppendAsync("opens the interval");
        await Task.WhenAll(
            process.AppendAsync("a"), process.AppendAsync(ShardCluster.Batch("refused"), expectedOffset: 77), process.AppendAsync("b"),
            process.AppendAsync(ShardCluster.Batch("gone"), ShardCluster.Other), process.AppendAsync("c"));
        await process.Shard.SubmitAsync(_ => new TrimEntry(0, state.Find(ShardCluster.Partition)!.Slot, 2, []), ShardCluster.Token);
        var isDeleted = false;
        process.Objects.BeforePut = async name =>
        {
            if (name[8] != (char)ObjectKind.Checkpoint || isDeleted)
                return;
            isDeleted = true; // While the checkpoint is on its way.
            await other.Shard.SubmitAsync(_ => new PartitionDeletedEntry(0, ShardCluster.Other), ShardCluster.Token);
            await other.Shard.SubmitAsync(_ => new TrimEntry(0, state.Find(ShardCluster.Partition)!.Slot, 3, []), ShardCluster.Token);
        };
        await process.Shard.RequestCheckpointAsync(ShardCluster.Token);
        while ((await process.Shard.RefreshAsync(ShardCluster.Token)).Checkpoint is null)
            await process.AppendAsync("more");

        var next = await cluster.OpenAsync(createPartitions: false);
        await other.Shard.RefreshAsync(ShardCluster.Token);
        Assert.Equal(CheckpointCodec.Encode(process.Shard.State).ToArray(), CheckpointCodec.Encode(next.Shard.State).ToArray());
        Assert.Equal(CheckpointCodec.Encode(process.Shard.State).ToArray(), CheckpointCodec.Encode(other.Shard.State).ToArray());
        Assert.Equal(["b", "c"], (await ValuesAsync(cluster, next.Shard.State)).Take(2)); // One slice, of which the head is trimmed.
        Assert.DoesNotContain(next.Shard.State.Trash, t => t.Object.Kind == ObjectKind.Slot);
    }

    [Fact]
    public async Task A_checkpoint_whose_spill_began_before_another_one_came_into_use_is_dropped()
    {
        await using var cluster = new ShardCluster();
        var (one, two) = (await OpenAsync(cluster), await OpenAsync(cluster));
        await one.AppendAsync("a");
        await two.AppendAsync("b");
        var (held, isHeld) = (new TaskCompletionSource(), new TaskCompletionSource());
        two.Objects.BeforePut = name =>
        {
            isHeld.TrySetResult();
            return name[8] == (char)ObjectKind.Spill ? held.Task : Task.CompletedTask;
        };
        await two.Shard.RequestCheckpointAsync(ShardCluster.Token);
        await isHeld.Task; // Its snapshot is taken.
        await one.Shard.RequestCheckpointAsync(ShardCluster.Token);
        while (one.Shard.State.Checkpoint is null)
            await one.Shard.RefreshAsync(ShardCluster.Token);
        var used = one.Shard.State.Checkpoint;

        held.SetResult();
        while (two.Objects.Put.Count < 2)
            await two.AppendAsync("c");
        await two.AppendAsync("d");

        var next = await OpenAsync(cluster, createPartitions: false);
        Assert.Equal(used, next.Shard.State.Checkpoint);
        var values = await ValuesAsync(cluster, next.Shard.State);
        Assert.Equal(("a", "b", "d"), (values[0], values[1], values[^1]));
        Assert.Equal(CheckpointCodec.Encode(two.Shard.State).ToArray(), CheckpointCodec.Encode(next.Shard.State).ToArray());
    }

    [Fact]
    public void An_entry_of_a_checkpoint_with_another_beginning_changes_nothing_and_leaves_both_objects_as_trash()
    {
        var state = ShardTransition.Apply(ShardState.Empty(0), 1, new PartitionCreatedEntry(0, ShardCluster.Partition));
        for (var version = 2; version < 6; version++)
            state = ShardTransition.Apply(state, version, Inline("x"));
        var (first, second) = (Checkpoint(3, number: 1), Checkpoint(4, number: 2));

        var used = ShardTransition.Apply(state, 6, first);
        var after = ShardTransition.Apply(used, 7, second);

        Assert.Equal(first.Checkpoint, after.Checkpoint);
        Assert.Equal([second.Checkpoint, second.Spill!.Value.Object], after.Trash.Select(t => t.Object));
        Assert.Equal([4L, 5L], after.Inline.Select(f => f.Object.Born));
        Assert.Equal(used.Find(ShardCluster.Partition)!.Recent, after.Find(ShardCluster.Partition)!.Recent);

        static CheckpointEntry Checkpoint(long version, ulong number) => new(
            0, new ObjectRef(ObjectKind.Checkpoint, version, number), version,
            new SpillRef(new ObjectRef(ObjectKind.Spill, version, number), 2));
    }

    [Fact]
    public async Task A_checkpoint_whose_spill_was_put_before_the_horizon_is_not_put_into_use()
    {
        await using var cluster = new ShardCluster();
        var (process, sweeper) = (await OpenAsync(cluster), await OpenAsync(cluster));
        await process.AppendAsync("a");
        process.Objects.BeforePut = async name =>
        {
            if (name[8] == (char)ObjectKind.Checkpoint && sweeper.Shard.State.Horizon == 0)
                await sweeper.Shard.SubmitAsync(state => new HorizonEntry(0, state.Version + 1), ShardCluster.Token);
        };
        await process.Shard.RequestCheckpointAsync(ShardCluster.Token);
        while (process.Objects.Put.Count < 2)
            await process.AppendAsync("b");
        await process.AppendAsync("c");

        Assert.Null((await process.Shard.RefreshAsync(ShardCluster.Token)).Checkpoint);
        await process.Shard.RequestCheckpointAsync(ShardCluster.Token);
        while ((await process.Shard.RefreshAsync(ShardCluster.Token)).Checkpoint is null)
            await process.AppendAsync("d");
        Assert.True(process.Shard.State.Checkpoint!.Value.Born >= process.Shard.State.Horizon);
        var next = await OpenAsync(cluster, createPartitions: false);
        Assert.Equal("a", (await ValuesAsync(cluster, next.Shard.State))[0]);
    }

    [Fact]
    public async Task What_waits_together_does_not_make_a_slot_larger_than_one_flush_may_be()
    {
        await using var cluster = new ShardCluster();
        var process = await cluster.OpenAsync(o => (o.InlineMaxBytes, o.FlushBytes) = (8192, 4096));
        var gate = new TaskCompletionSource();
        process.Metadata.BeforePut = _ => gate.Task;
        var appends = Enumerable.Range(0, 60).Select(_ => process.AppendAsync(new string('x', 800))).ToList();
        gate.SetResult();
        await Task.WhenAll(appends);

        var most = 0;
        await foreach (var register in cluster.Registers.ListAsync(cluster.Ring.FamilyOf(0), ShardCluster.Token))
            most = Math.Max(most, register.Value.Length);
        Assert.InRange(most, 4096, 8192 + 512);
        Assert.Empty(process.Objects.Put);
        Assert.Equal(60, (await ValuesAsync(cluster, process.Shard.State)).Count);
    }

    private static InlineFlushEntry Inline(string value)
    {
        var batch = ShardCluster.Batch(value);
        return new InlineFlushEntry(0, false, new InlineRecords([new(0, batch.Length, 1, 1_000)], batch));
    }

    private Task<ShardCluster.Process> OpenAsync(bool createPartitions = true) => OpenAsync(_cluster, createPartitions);

    private static Task<ShardCluster.Process> OpenAsync(ShardCluster cluster, bool createPartitions = true) =>
        cluster.OpenAsync(o => o.InlineMaxBytes = LogOptions.MostInlineBytes, createPartitions);

    private static async Task<List<string>> ValuesAsync(ShardCluster cluster, ShardState state) =>
        [.. (await cluster.ReadLogAsync(state, ShardCluster.Partition)).Select(l => l.Value)];
}

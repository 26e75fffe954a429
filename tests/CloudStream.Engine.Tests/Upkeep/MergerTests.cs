using CloudStream.Log.Calls;
using CloudStream.Log.Entries;
using CloudStream.Log.State;
using CloudStream.Storage.Objects;
using CloudStream.Storage.Segments;

namespace CloudStream.Engine.Tests.Upkeep;

public sealed class MergerTests
{
    [Theory]
    [InlineData(1, 1)]
    [InlineData(2, 2)]
    [InlineData(7, 3)]
    [InlineData(40, 4)]
    public async Task Merged_logs_hold_the_same_records_offsets_and_timestamps(int partitions, int seed)
    {
        using var world = new UpkeepWorld(partitions, seed);
        var random = new Random(seed);
        for (var i = 0; i < 200; i++)
            world.Flush(RandomFlush(random, partitions));
        var before = world.State.Partitions.Values.Select(p => (p.Bytes, p.EndOffset)).ToList();

        var shard = world.NewShard();
        while (await world.NewUpkeep(shard).TickAsync(UpkeepWorld.Token))
        {
        }

        Assert.Equal(before, world.State.Partitions.Values.Select(p => (p.Bytes, p.EndOffset)));
        Assert.InRange(world.State.Objects.Count, 1, 63);
        Assert.Contains(world.State.Objects.Values, o => o.Level > 0);
        await world.CheckLogsAsync();
        await world.SettleAsync();
        await world.CheckLogsAsync();
    }

    [Fact]
    public async Task Records_without_timestamps_are_merged_and_keep_when_they_were_written()
    {
        using var world = new UpkeepWorld(3) { IsUndated = true };
        var began = world.NowMs;
        for (var i = 0; i < 200; i++)
            world.Flush(RandomFlush(new Random(i), 3));
        var shard = world.NewShard();
        while (await world.NewUpkeep(shard).TickAsync(UpkeepWorld.Token))
        {
        }

        Assert.Contains(world.State.Objects.Values, o => o.Level > 0);
        await world.CheckLogsAsync();
        Assert.All(
            world.State.Partitions.Values.SelectMany(static p => p.Recent),
            s => Assert.InRange(UndatedTime.AgedBy(s.MaxTimestamp), began, world.NowMs));
        Assert.Equal(world.NowMs - 5,
            world.State.Partitions.Values.SelectMany(static p => p.Recent).Max(static s => UndatedTime.AgedBy(s.MaxTimestamp)));
    }

    [Fact]
    public async Task Merging_goes_on_while_others_flush_trim_and_delete()
    {
        for (var seed = 0; seed < 12; seed++)
        {
            using var world = new UpkeepWorld(5, seed);
            var random = new Random(seed);
            for (var i = 0; i < 40; i++)
                world.Flush(RandomFlush(random, 5));
            var shard = world.NewShard();
            var upkeep = world.NewUpkeep(shard);
            world.Store.BeforePut = _ => Disturb(world, random);
            for (var i = 0; i < 20; i++)
            {
                world.Flush(RandomFlush(random, 5));
                await shard.RefreshAsync(UpkeepWorld.Token);
                await upkeep.TickAsync(UpkeepWorld.Token);
            }

            world.Store.BeforePut = null;
            await world.CheckLogsAsync();
            await world.SettleAsync();
            await world.CheckLogsAsync();
        }
    }

    [Fact]
    public async Task Two_brokers_that_merge_the_same_objects_do_not_undo_each_other()
    {
        using var world = new UpkeepWorld(3);
        for (var i = 0; i < 40; i++)
            world.Flush((0, 2), (1, 1), (2, 3));
        var (first, second) = (world.NewShard(), world.NewShard());
        var (mine, theirs) = (world.NewUpkeep(first), world.NewUpkeep(second));

        // The other one merges the same objects between this one's put and commit.
        first.BeforeCommit = () =>
        {
            first.BeforeCommit = null;
            Assert.False(theirs.TickAsync(UpkeepWorld.Token).AsTask().GetAwaiter().GetResult());
        };
        await mine.TickAsync(UpkeepWorld.Token);

        Assert.Single(world.State.Objects);
        await world.CheckLogsAsync();
        await world.SettleAsync();
    }

    [Fact]
    public async Task A_damaged_object_is_left_as_it_is_and_the_rest_is_merged()
    {
        using var world = new UpkeepWorld(2);
        var objects = Enumerable.Range(0, 40).Select(_ => world.Flush((0, 3), (1, 2))).ToList();
        var bytes = new byte[await world.Store.Inner.GetSizeAsync(objects[7].NameIn(0), UpkeepWorld.Token)];
        await world.Store.Inner.GetRangeAsync(objects[7].NameIn(0), 0, bytes, UpkeepWorld.Token);
        bytes[SegmentLayout.HeaderBytes + 80] ^= 1;
        await world.Store.Inner.DeleteAsync([objects[7].NameIn(0)], UpkeepWorld.Token);
        await world.Store.Inner.PutAsync(objects[7].NameIn(0), [bytes], UpkeepWorld.Token);

        var shard = world.NewShard();
        await world.NewUpkeep(shard).TickAsync(UpkeepWorld.Token);

        Assert.Equal([0, 1], world.State.Objects.Values.Select(o => o.Level).Order());
        Assert.True(world.State.Objects.ContainsKey(objects[7]));
        Assert.Equal([21L, 24L, 120L], world.State.Partitions[0].Recent.Select(s => s.EndOffset));
    }

    [Fact]
    public async Task The_inputs_are_listed_in_the_first_output_and_chunks_cover_each_slice()
    {
        using var world = new UpkeepWorld(3);
        var objects = Enumerable.Range(0, 32).Select(_ => world.Flush((0, 3), (2, 2))).ToList();

        await world.NewUpkeep(world.NewShard()).TickAsync(UpkeepWorld.Token);

        var merged = Assert.Single(world.State.Objects.Keys);
        var directory = await SegmentDirectoryReader.ReadMergeAsync(world.Store.Inner, merged.NameIn(0), UpkeepWorld.Token);
        Assert.Equal(objects, directory.Inputs);
        Assert.Equal([(0, 0L, 96L), (2, 0L, 64L)], directory.Slices.Select(s => (s.Slot, s.BaseOffset, s.EndOffset)));
        Assert.Equal([0, 2], directory.Partitions.Select(p => p.Slot));
        Assert.All(directory.Slices, s => Assert.Equal((s.Bytes, s.EndOffset), (s.Chunks.Sum(c => (long)c.Bytes), s.Chunks[^1].EndOffset)));
        Assert.Equal([(TrashKind.InputsOf, merged)], world.State.Trash.Select(t => (t.Kind, t.Object)));
    }

    internal static (int Slot, int Records)[] RandomFlush(Random random, int partitions)
    {
        var batches = new List<(int, int)>();
        for (var slot = 0; slot < partitions; slot++)
        {
            for (var i = random.Next(3); i > 0; i--)
                batches.Add((slot, 1 + random.Next(4)));
        }

        return batches.Count > 0 ? [.. batches] : [(random.Next(partitions), 1)];
    }

    private static void Disturb(UpkeepWorld world, Random random)
    {
        var state = world.State;
        var slot = random.Next(4);
        switch (random.Next(6))
        {
            case 0:
                world.Flush(RandomFlush(random, 5));
                break;
            case 1 when state.Partitions[slot].Recent.Count > 2:
                var kept = state.Partitions[slot].Recent[random.Next(2)];
                world.Register.Commit(new TrimEntry(0, slot, kept.BaseOffset + random.Next(2), []));
                break;
            case 2 when random.Next(4) == 0:
                world.Register.Commit(new PartitionDeletedEntry(0, new PartitionId(UpkeepWorld.Topic, 4)));
                break;
        }
    }
}

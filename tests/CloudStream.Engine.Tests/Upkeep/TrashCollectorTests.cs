using CloudStream.Log.Entries;
using CloudStream.Storage.Objects;

namespace CloudStream.Engine.Tests.Upkeep;

public sealed class TrashCollectorTests
{
    [Fact]
    public async Task A_dead_object_stays_for_the_grace_period_of_this_process()
    {
        using var world = new UpkeepWorld(1);
        var dead = world.Flush((0, 1));
        world.Register.Commit(new TrimEntry(0, 0, 1, []));
        var upkeep = world.NewUpkeep(world.NewShard());

        await upkeep.TickAsync(UpkeepWorld.Token);
        world.Time.Advance(TimeSpan.FromSeconds(59));
        await upkeep.TickAsync(UpkeepWorld.Token);
        Assert.Contains(dead.NameIn(0), await world.StoredAsync());
        world.Time.Advance(TimeSpan.FromSeconds(2));
        await upkeep.TickAsync(UpkeepWorld.Token);
        await upkeep.TickAsync(UpkeepWorld.Token);

        Assert.DoesNotContain(dead.NameIn(0), await world.StoredAsync());
        Assert.Empty(world.State.Trash);
    }

    [Fact]
    public async Task The_wall_clock_does_not_shorten_the_grace_period()
    {
        using var world = new UpkeepWorld(1);
        var dead = world.Flush((0, 1));
        world.Register.Commit(new TrimEntry(0, 0, 1, []));
        var upkeep = world.NewUpkeep(world.NewShard());

        await upkeep.TickAsync(UpkeepWorld.Token);
        world.Time.SetWall(TimeSpan.FromDays(3));
        await upkeep.TickAsync(UpkeepWorld.Token);

        Assert.Contains(dead.NameIn(0), await world.StoredAsync());
    }

    [Fact]
    public async Task A_flushed_object_goes_only_when_a_checkpoint_has_passed_its_death()
    {
        using var world = new UpkeepWorld(1);
        var dead = world.Flush((0, 1));
        world.Register.Commit(new TrimEntry(0, 0, 1, []));
        var died = world.State.Version;
        var shard = world.NewShard();
        var upkeep = world.NewUpkeep(shard);
        await upkeep.TickAsync(UpkeepWorld.Token);
        world.Time.Advance(TimeSpan.FromMinutes(2));

        await upkeep.TickAsync(UpkeepWorld.Token);

        Assert.Equal(1, shard.CheckpointRequests);
        Assert.Contains(dead.NameIn(0), await world.StoredAsync());
        Assert.True(world.State.CheckpointVersion >= died);
        await upkeep.TickAsync(UpkeepWorld.Token);
        Assert.DoesNotContain(dead.NameIn(0), await world.StoredAsync());
    }

    [Fact]
    public async Task An_idle_shard_stops_writing_checkpoints()
    {
        using var world = new UpkeepWorld(1);
        world.Flush((0, 1));
        world.Register.Commit(new TrimEntry(0, 0, 1, []));
        var shard = world.NewShard();
        var upkeep = world.NewUpkeep(shard);

        for (var i = 0; i < 50; i++)
        {
            await upkeep.TickAsync(UpkeepWorld.Token);
            world.Time.Advance(TimeSpan.FromMinutes(1));
        }

        Assert.Equal(1, shard.CheckpointRequests);
        Assert.Empty(world.State.Trash);
    }

    [Fact]
    public async Task Two_brokers_that_empty_the_same_trash_forget_nothing()
    {
        using var world = new UpkeepWorld(1);
        for (var i = 0; i < 32; i++)
            world.Flush((0, 1));
        var (first, second) = (world.NewShard(), world.NewShard());
        var (mine, theirs) = (world.NewUpkeep(first), world.NewUpkeep(second));
        await mine.TickAsync(UpkeepWorld.Token);
        var merged = Assert.Single(world.State.Objects.Keys);

        // The merged object dies too: the list has its inputs, then the object, both by the same name.
        world.Register.Commit(new TrimEntry(0, 0, 32, []));
        await second.RequestCheckpointAsync(UpkeepWorld.Token);
        foreach (var (shard, upkeep) in new[] { (first, mine), (second, theirs) })
        {
            await shard.RefreshAsync(UpkeepWorld.Token);
            await upkeep.TickAsync(UpkeepWorld.Token);
        }

        world.Time.Advance(TimeSpan.FromMinutes(2));
        await theirs.TickAsync(UpkeepWorld.Token);
        await mine.TickAsync(UpkeepWorld.Token);

        Assert.Empty(world.State.Trash);
        Assert.DoesNotContain(merged.NameIn(0), await world.StoredAsync());
        Assert.Equal((await world.ReferencedAsync()).Order(), (await world.StoredAsync()).Order());
    }

    [Fact]
    public async Task Nothing_is_done_without_the_lease()
    {
        using var world = new UpkeepWorld(1);
        for (var i = 0; i < 40; i++)
            world.Flush((0, 1));
        var shard = world.NewShard();
        shard.IsHeld = false;
        var commits = world.Register.Commits;

        Assert.False(await world.NewUpkeep(shard).TickAsync(UpkeepWorld.Token));

        Assert.Equal((commits, 40), (world.Register.Commits, world.Store.Inner.Count));
    }

    [Fact]
    public async Task Idle_producers_are_forgotten_by_their_writers_clocks()
    {
        using var world = new UpkeepWorld(1);
        foreach (var (producer, atMs) in new[] { (7L, world.NowMs - 86_400_001), (8L, world.NowMs - 86_399_000) })
        {
            world.Register.Commit(new FlushEntry(atMs, new ObjectRef(ObjectKind.Segment, 1, (ulong)producer), false,
                [new Storage.Segments.SegmentItem(0, 100, 1, 5, producer, 0, 0)], null));
        }

        await world.NewUpkeep(world.NewShard()).TickAsync(UpkeepWorld.Token);

        Assert.Equal([8L], world.State.Partitions[0].Producers.Keys);
    }
}

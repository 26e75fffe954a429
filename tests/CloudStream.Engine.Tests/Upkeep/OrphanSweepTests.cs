using CloudStream.Log.Flushes;
using CloudStream.Storage.Objects;

namespace CloudStream.Engine.Tests.Upkeep;

public sealed class OrphanSweepTests
{
    [Fact]
    public async Task What_was_put_and_never_committed_goes_and_nothing_else()
    {
        using var world = new UpkeepWorld(1);
        var kept = world.Flush((0, 1));
        var (orphan, _) = world.Upload((0, 1));
        await world.Store.Inner.PutAsync("somebody/else.bin", [new byte[] { 1 }], UpkeepWorld.Token);
        var otherShard = orphan with { Id = 5 };
        await world.Store.Inner.PutAsync(otherShard.NameIn(9), [new byte[] { 1 }], UpkeepWorld.Token);

        Assert.True(await world.NewSweep().RunAsync([world.NewShard()], UpkeepWorld.Token));

        Assert.Equal(new[] { "somebody/else.bin", kept.NameIn(0), otherShard.NameIn(9) }.Order(), (await world.StoredAsync()).Order());
    }

    [Fact]
    public async Task A_sweep_without_orphans_commits_nothing()
    {
        using var world = new UpkeepWorld(1);
        world.Flush((0, 1));
        var commits = world.Register.Commits;

        Assert.True(await world.NewSweep().RunAsync([world.NewShard()], UpkeepWorld.Token));

        Assert.Equal(commits, world.Register.Commits);
    }

    [Fact]
    public async Task A_writer_that_was_paused_between_put_and_commit_must_upload_again()
    {
        using var world = new UpkeepWorld(1);
        var writer = world.NewShard();
        var (paused, entry) = world.Upload((0, 1));
        await world.NewSweep().RunAsync([world.NewShard()], UpkeepWorld.Token);

        // It wakes up: its expected version has passed, and what it then reads says that its object is void.
        Assert.False(world.Register.TryCommit(writer.State.Version, entry));
        var state = await writer.RefreshAsync(UpkeepWorld.Token);
        Assert.True(paused.Born < state.Horizon);
        Assert.DoesNotContain(paused.NameIn(0), await world.StoredAsync());

        var (again, retry) = world.Upload((0, 1));
        Assert.True(again.Born >= state.Horizon);
        Assert.True(world.Register.TryCommit(state.Version, retry));
        world.Expect(again);
        await world.NewSweep().RunAsync([world.NewShard()], UpkeepWorld.Token);
        await world.CheckLogsAsync();
    }

    [Fact]
    public async Task A_merge_whose_outputs_are_swept_before_its_commit_is_void_and_done_again()
    {
        using var world = new UpkeepWorld(2);
        for (var i = 0; i < 32; i++)
            world.Flush((0, 1), (1, 1));
        var shard = world.NewShard();
        shard.BeforeCommit = () =>
        {
            shard.BeforeCommit = null;
            world.NewSweep().RunAsync([world.NewShard()], UpkeepWorld.Token).AsTask().GetAwaiter().GetResult();
        };
        var upkeep = world.NewUpkeep(shard);

        await upkeep.TickAsync(UpkeepWorld.Token);
        Assert.Equal(32, world.State.Objects.Count);
        await upkeep.TickAsync(UpkeepWorld.Token);

        Assert.Single(world.State.Objects);
        await world.CheckLogsAsync();
        await world.SettleAsync();
    }

    [Fact]
    public async Task A_flush_that_commits_between_the_listing_and_the_horizon_is_kept()
    {
        using var world = new UpkeepWorld(1);
        world.Flush((0, 1));
        var (inFlight, entry) = world.Upload((0, 1));
        var shard = world.NewShard();
        shard.BeforeCommit = () =>
        {
            shard.BeforeCommit = null;
            world.Register.Commit(entry);
            world.Expect(inFlight);
        };

        await world.NewSweep().RunAsync([shard], UpkeepWorld.Token);

        Assert.Contains(inFlight.NameIn(0), await world.StoredAsync());
        await world.CheckLogsAsync();
    }

    [Fact]
    public async Task Inputs_of_a_merge_keep_their_grace()
    {
        using var world = new UpkeepWorld(1);
        for (var i = 0; i < 32; i++)
            world.Flush((0, 1));
        var shard = world.NewShard();
        await world.NewUpkeep(shard).TickAsync(UpkeepWorld.Token);

        await world.NewSweep().RunAsync([shard], UpkeepWorld.Token);

        Assert.Equal(33, world.Store.Inner.Count);
    }

    [Fact]
    public async Task A_page_that_cannot_be_read_stops_the_sweep()
    {
        using var world = new UpkeepWorld(1);
        for (var i = 0; i < 128; i++)
            world.FlushOnPaper(5, (0, 5_000_000));
        var shard = world.NewShard();
        await world.NewUpkeep(shard).TickAsync(UpkeepWorld.Token);
        var page = Assert.Single(world.State.Partitions[0].Pages).Page.NameIn(0);
        await world.Store.Inner.DeleteAsync([page], UpkeepWorld.Token);
        await world.Store.Inner.PutAsync(page, [new byte[] { 1, 2, 3 }], UpkeepWorld.Token);
        world.Upload((0, 1));

        Assert.False(await world.NewSweep().RunAsync([shard], UpkeepWorld.Token));

        Assert.Equal(130, world.Store.Inner.Count);
    }
}

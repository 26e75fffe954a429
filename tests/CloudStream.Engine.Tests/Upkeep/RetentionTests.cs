using CloudStream.Log.Journal;
using CloudStream.Log.State;
using CloudStream.Log.Upkeep;

namespace CloudStream.Engine.Tests.Upkeep;

public sealed class RetentionTests
{
    private const int Slice = 5_000_000;

    [Fact]
    public async Task Slices_older_than_retention_go_and_younger_ones_stay()
    {
        using var world = new UpkeepWorld(1);
        var now = world.NowMs;
        foreach (var age in new[] { 5000, 4000, 1001, 1000, 999, 10 })
            world.FlushOnPaper(now - age, (0, Slice));
        world.Policy = new RetentionPolicy(1000, -1);

        await world.NewUpkeep(world.NewShard()).TickAsync(UpkeepWorld.Token);

        Assert.Equal((30L, 60L), (world.State.Partitions[0].LogStartOffset, world.State.Partitions[0].EndOffset));
        Assert.Equal(3, world.State.Objects.Count);
    }

    [Fact]
    public async Task A_young_slice_keeps_older_ones_behind_it()
    {
        using var world = new UpkeepWorld(1);
        var now = world.NowMs;
        foreach (var age in new[] { 5000, 10, 5000 })
            world.FlushOnPaper(now - age, (0, Slice));
        world.Policy = new RetentionPolicy(1000, -1);

        await world.NewUpkeep(world.NewShard()).TickAsync(UpkeepWorld.Token);

        Assert.Equal(10, world.State.Partitions[0].LogStartOffset);
    }

    [Fact]
    public async Task Slices_whose_records_have_no_timestamp_are_as_old_as_they_are()
    {
        using var world = new UpkeepWorld(2);
        world.FlushOnPaper(-1, (0, Slice), (1, Slice));
        world.Time.Advance(TimeSpan.FromSeconds(5));
        world.FlushOnPaper(-1, (0, Slice));
        world.Policy = new RetentionPolicy(4000, -1);
        var upkeep = world.NewUpkeep(world.NewShard());

        await upkeep.TickAsync(UpkeepWorld.Token);

        Assert.Equal((10L, 20L), (world.State.Partitions[0].LogStartOffset, world.State.Partitions[0].EndOffset));
        Assert.Equal(10, world.State.Partitions[1].LogStartOffset);

        world.Time.Advance(TimeSpan.FromMinutes(10));
        await upkeep.TickAsync(UpkeepWorld.Token);
        Assert.Equal(20, world.State.Partitions[0].LogStartOffset);
    }

    [Fact]
    public async Task A_slice_of_which_no_time_is_known_is_as_old_as_what_follows()
    {
        using var world = new UpkeepWorld(1);
        var now = world.NowMs;
        foreach (var timestamp in new[] { 0, now - 5000, 0, now })
            world.FlushOnPaper(timestamp, (0, Slice));
        var partition = world.State.Partitions[0];
        // As of former versions.
        partition = partition with
        {
            Recent = [.. partition.Recent.Select(static (s, i) => i % 2 == 0 ? s with { MaxTimestamp = -1 } : s)]
        };
        var scan = new RetentionScan(partition, new RetentionPolicy(1000, -1), now, new PageStore(world.Store, 0));

        await scan.RunAsync(UpkeepWorld.Token);

        Assert.Equal(20, scan.NewStart);
    }

    [Fact]
    public async Task All_records_may_go_by_age_but_the_end_of_the_log_stays()
    {
        using var world = new UpkeepWorld(1);
        world.FlushOnPaper(world.NowMs - 5000, (0, Slice));
        world.Policy = new RetentionPolicy(1000, -1);

        await world.NewUpkeep(world.NewShard()).TickAsync(UpkeepWorld.Token);

        Assert.Equal((10L, 10L, 0L),
            (world.State.Partitions[0].LogStartOffset, world.State.Partitions[0].EndOffset, world.State.Partitions[0].Bytes));
    }

    [Theory]
    [InlineData(Slice * 3L, 20)]
    [InlineData((Slice * 3L) + 1, 10)]
    [InlineData(Slice * 5L, 0)]
    [InlineData(0L, 50)]
    public async Task The_log_never_gets_smaller_than_retention_bytes(long bytes, long expectedStart)
    {
        using var world = new UpkeepWorld(1);
        for (var i = 0; i < 5; i++)
            world.FlushOnPaper(world.NowMs, (0, Slice));
        world.Policy = new RetentionPolicy(-1, bytes);

        await world.NewUpkeep(world.NewShard()).TickAsync(UpkeepWorld.Token);

        Assert.Equal(expectedStart, world.State.Partitions[0].LogStartOffset);
    }

    [Fact]
    public async Task Topics_that_the_broker_does_not_know_are_left_alone()
    {
        using var world = new UpkeepWorld(1);
        world.FlushOnPaper(1, (0, Slice));
        world.Policy = null;

        await world.NewUpkeep(world.NewShard()).TickAsync(UpkeepWorld.Token);

        Assert.Equal(0, world.State.Partitions[0].LogStartOffset);
    }

    [Fact]
    public async Task Retention_by_size_reaches_into_pages_of_pages_and_counts_what_is_dead_there()
    {
        using var world = new UpkeepWorld(1);
        var shard = world.NewShard();
        var upkeep = world.NewUpkeep(shard);
        await FillAsync(world, shard, upkeep, 64 * 66);
        Assert.Contains(world.State.Partitions[0].Pages, p => p.Level == 1);

        // 100 slices at a time, well inside the first page of pages.
        foreach (var kept in new[] { 4124, 4024, 3924, 300, 10 })
        {
            world.Policy = new RetentionPolicy(-1, kept * (long)Slice);
            await shard.RefreshAsync(UpkeepWorld.Token);
            await upkeep.TickAsync(UpkeepWorld.Token);
            Assert.Equal(((64 * 66) - kept) * 10L, world.State.Partitions[0].LogStartOffset);
            Assert.Empty((await world.ReferencedAsync(withTrash: false)).Except(await world.StoredAsync()));
        }

        await world.SettleAsync();
        Assert.Empty(world.State.Partitions[0].Pages);
    }

    [Fact]
    public async Task Retention_by_age_reaches_into_pages_slice_by_slice()
    {
        using var world = new UpkeepWorld(1);
        var shard = world.NewShard();
        var upkeep = world.NewUpkeep(shard);
        await FillAsync(world, shard, upkeep, 400);
        world.Policy = new RetentionPolicy(1000, -1);
        var first = world.NowMs - 399_000; // The slices are a second apart.

        for (var gone = 0; gone < 400; gone += 7)
        {
            world.Time.SetWall(TimeSpan.FromMilliseconds(first + (gone * 1000) + 500 - world.NowMs + 1000));
            await upkeep.TickAsync(UpkeepWorld.Token);
            Assert.Equal((gone + 1) * 10L, world.State.Partitions[0].LogStartOffset);
        }

        await world.SettleAsync();
    }

    [Fact]
    public async Task A_head_that_stays_is_not_read_again()
    {
        using var world = new UpkeepWorld(1);
        var shard = world.NewShard();
        var upkeep = world.NewUpkeep(shard);
        await FillAsync(world, shard, upkeep, 200);
        world.Policy = new RetentionPolicy(500_000, 199L * Slice);
        await upkeep.TickAsync(UpkeepWorld.Token);
        await upkeep.TickAsync(UpkeepWorld.Token);
        Assert.Equal(10, world.State.Partitions[0].LogStartOffset);
        var read = world.Store.BytesRead;

        for (var i = 0; i < 20; i++)
            await upkeep.TickAsync(UpkeepWorld.Token);

        Assert.Equal(read, world.Store.BytesRead);
    }

    [Fact]
    public async Task Retention_looks_at_once_and_then_when_its_interval_has_passed()
    {
        using var world = new UpkeepWorld(1);
        world.Policy = new RetentionPolicy(60_000, -1);
        var shard = world.NewShard();
        var upkeep = world.NewUpkeep(shard, TimeSpan.FromMinutes(5));

        Assert.Equal(10, await StartAfterAsync(TimeSpan.FromMinutes(2)));
        Assert.Equal(10, await StartAfterAsync(TimeSpan.FromMinutes(4)));
        Assert.Equal(30, await StartAfterAsync(TimeSpan.FromMinutes(2)));

        // Ten records, the time that then passes, and where the log starts after the next tick.
        async Task<long> StartAfterAsync(TimeSpan passing)
        {
            world.FlushOnPaper(world.NowMs, (0, Slice));
            world.Time.Advance(passing);
            await shard.RefreshAsync(UpkeepWorld.Token);
            await upkeep.TickAsync(UpkeepWorld.Token);
            return world.State.Partitions[0].LogStartOffset;
        }
    }

    [Fact]
    public async Task Records_can_be_deleted_up_to_any_offset()
    {
        using var world = new UpkeepWorld(1);
        var shard = world.NewShard();
        var upkeep = world.NewUpkeep(shard);
        await FillAsync(world, shard, upkeep, 300);

        Assert.Equal(CommitResult.Applied, await upkeep.Trimmer.TrimAsync(0, 1234, UpkeepWorld.Token));
        Assert.Equal(1234, world.State.Partitions[0].LogStartOffset);
        Assert.Equal(CommitResult.Applied, await upkeep.Trimmer.TrimAsync(0, long.MaxValue, UpkeepWorld.Token));

        Assert.Equal(3000, world.State.Partitions[0].LogStartOffset);
        await world.SettleAsync();
    }

    [Fact]
    public async Task Slices_that_move_into_a_page_during_a_trim_are_not_forgotten()
    {
        using var world = new UpkeepWorld(1);
        for (var i = 0; i < 130; i++)
            world.FlushOnPaper(world.NowMs, (0, Slice));
        var shard = world.NewShard();
        shard.BeforeCommit = () =>
        {
            shard.BeforeCommit = null;
            world.NewUpkeep(world.NewShard()).TickAsync(UpkeepWorld.Token).AsTask().GetAwaiter().GetResult();
        };

        Assert.Equal(CommitResult.Applied, await world.NewUpkeep(shard).Trimmer.TrimAsync(0, 1300, UpkeepWorld.Token));

        // All 130 are named as trash, and the page: no orphan is left for the sweep.
        Assert.Equal(131, world.State.Trash.Count);
    }

    private static async Task FillAsync(UpkeepWorld world, TestShard shard, ShardUpkeep upkeep, int slices)
    {
        for (var i = 0; i < slices; i++)
        {
            world.FlushOnPaper(world.NowMs, (0, Slice));
            if (i < slices - 1)
                world.Time.Advance(TimeSpan.FromSeconds(1));
            if (i % 64 == 63 || i == slices - 1)
            {
                await shard.RefreshAsync(UpkeepWorld.Token);
                await upkeep.TickAsync(UpkeepWorld.Token);
            }
        }
    }
}

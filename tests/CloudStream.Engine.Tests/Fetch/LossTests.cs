using CloudStream.Log.Calls;
using CloudStream.Log.Entries;
using CloudStream.Log.Journal;
using CloudStream.Log.Reading;
using CloudStream.Storage;
using CloudStream.Storage.Segments;

namespace CloudStream.Engine.Tests.Fetch;

/// <summary>Records that cannot be read are given up by an operator, and by nobody else; from then on readers pass over them.</summary>
public sealed class LossTests
{
    [Fact]
    public void What_was_given_up_is_passed_over_from_before_from_inside_and_by_readers_of_several_partitions() => Pump.Run(async () =>
    {
        await using var world = await LostInTheMiddleAsync();

        Assert.Equal((ErrorCode.None, 12L), await AcceptAsync(world, 5, 11));

        foreach (var from in new long[] { 5, 8, 11, 12 })
        {
            using var one = await world.FetchAsync(from);
            using var many = await FetchManyAsync(world, from);
            Assert.Equal((ErrorCode.None, 14L, 14L, 0L), (one.Error, one.NextOffset, one.HighWatermark, one.LogStartOffset));
            Assert.Equal(world.Expect(12), FetchWorld.Join(one.Pieces));
            Assert.Equal((ErrorCode.None, 14L), (many.Error, many.NextOffset));
            Assert.Equal(world.Expect(12), FetchWorld.Join(many.Pieces));
        }

        using var whole = await world.FetchAsync(0);
        Assert.Equal([.. world.Expect(0, 1), .. world.Expect(12)], FetchWorld.Join(whole.Pieces));
        Assert.StartsWith("accepted loss of offsets 5 to 11 by Ada at ", Assert.Single(world.State.Losses).Describe(),
            StringComparison.Ordinal);
    });

    [Fact]
    public void A_loss_that_was_accepted_is_no_trouble_any_more_and_is_counted() => Pump.Run(async () =>
    {
        await using var world = await LostInTheMiddleAsync();
        (await world.FetchAsync(5)).Dispose();
        Assert.True(world.Troubles.Report().IsDegraded);

        await AcceptAsync(world, 5, 11);

        Assert.False(world.Troubles.Report().IsDegraded);
        Assert.Equal(7, world.Counter("cloudstream.losses.accepted"));
    });

    [Theory]
    [InlineData(0, 4)] // sound
    [InlineData(4, 11)] // begins with a sound record
    [InlineData(5, 12)] // ends with one
    [InlineData(5, 10)] // not all of what is lost
    [InlineData(6, 11)]
    public void What_can_be_read_is_not_given_up_nor_is_part_of_what_cannot(long first, long last) => Pump.Run(async () =>
    {
        await using var world = await LostInTheMiddleAsync();
        var version = world.Shard.Register.Version;

        Assert.Equal(ErrorCode.InvalidRequest, (await AcceptAsync(world, first, last)).Error);
        Assert.Equal(version, world.Shard.Register.Version);
    });

    [Fact]
    public void Offsets_outside_of_the_log_are_not_given_up() => Pump.Run(async () =>
    {
        await using var world = await LostInTheMiddleAsync();

        Assert.Equal(ErrorCode.OffsetOutOfRange, (await AcceptAsync(world, 5, 14)).Error);
        world.Trim(6);
        Assert.Equal(ErrorCode.OffsetOutOfRange, (await AcceptAsync(world, 5, 11)).Error);
        Assert.Equal((ErrorCode.None, 12L), await AcceptAsync(world, 6, 11));
    });

    [Fact]
    public void A_store_that_is_away_is_no_proof_of_a_loss() => Pump.Run(async () =>
    {
        await using var world = await LostInTheMiddleAsync();
        world.Store.BeforeRead = _ => throw WatchedStore.Failure(StoreErrorKind.Refused);

        Assert.Equal(ErrorCode.StoreRefused, (await AcceptAsync(world, 5, 11)).Error);
    });

    [Fact]
    public void What_came_back_since_readers_met_it_is_not_given_up_though_its_failure_is_remembered() => Pump.Run(async () =>
    {
        await using var world = new FetchWorld();
        await world.FlushAsync([FetchWorld.Batch(3)]);
        world.Store.BeforeRead = _ => throw WatchedStore.Failure(StoreErrorKind.NotFound);
        for (var i = 0; i < 10; i++)
            (await world.FetchAsync(0)).Dispose();
        world.Store.BeforeRead = null;

        Assert.Equal(ErrorCode.InvalidRequest, (await AcceptAsync(world, 0, 2)).Error);
    });

    [Fact]
    public void What_is_replaced_between_the_look_and_the_commit_is_looked_at_again() => Pump.Run(async () =>
    {
        await using var world = await LostInTheMiddleAsync();
        var isReplaced = false;

        var (error, _) = await AcceptAsync(world, 5, 11, () =>
        {
            // The objects are not gone, they were merged: as the look was at those that are.
            if (isReplaced)
                return Task.CompletedTask;
            isReplaced = true;
            return world.MergeAsync(0, 2, 1);
        });

        Assert.Equal(ErrorCode.InvalidRequest, error);
        Assert.Empty(world.State.Losses);
    });

    [Fact]
    public void Accepting_a_loss_again_changes_nothing() => Pump.Run(async () =>
    {
        await using var world = await LostInTheMiddleAsync();
        await AcceptAsync(world, 5, 11);
        var version = world.Shard.Register.Version;

        Assert.Equal((ErrorCode.None, 12L), await AcceptAsync(world, 5, 11));
        Assert.Equal(version, world.Shard.Register.Version);
    });

    [Fact]
    public void Where_the_end_of_the_log_was_given_up_readers_wait_behind_it_and_do_not_spin() => Pump.Run(async () =>
    {
        await using var world = new FetchWorld();
        await world.FlushAsync([FetchWorld.Batch(5)]);
        var lost = await world.FlushAsync([FetchWorld.Batch(3)]);
        await world.Store.DeleteAsync([lost.NameIn(3)], FetchWorld.Token);
        await AcceptAsync(world, 5, 7);
        var reads = world.Store.Reads;

        using var page = await world.FetchAsync(5);
        using var pageByMany = await FetchManyAsync(world, 5);
        var waiting = world.FetchAsync(6, waitMs: 60_000).AsTask();
        var many = FetchManyAsync(world, 6, TimeSpan.FromMinutes(1));
        Assert.Equal((ErrorCode.None, 0L, 8L, 8L), (page.Error, page.Bytes, page.NextOffset, page.HighWatermark));
        Assert.Equal((ErrorCode.None, 0L, 8L), (pageByMany.Error, pageByMany.Bytes, pageByMany.NextOffset));
        Assert.False(waiting.IsCompleted || many.IsCompleted);
        await world.FlushAsync([FetchWorld.Batch(2)]);

        using var found = await waiting;
        using var foundByMany = await many;
        Assert.Equal((world.Expect(8).Length, 10L), (FetchWorld.Join(found.Pieces).Length, found.NextOffset));
        Assert.Equal(world.Expect(8), FetchWorld.Join(foundByMany.Pieces));
        Assert.InRange(world.Store.Reads - reads, 1, 4);
    });

    [Fact]
    public void One_chunk_of_a_merged_object_is_given_up_and_the_others_are_read() => Pump.Run(async () =>
    {
        await using var world = new FetchWorld();
        for (var i = 0; i < 4; i++)
            await world.FlushAsync([FetchWorld.Batch(3, timestampMs: 1000 * (i + 1))]);
        var merged = await world.MergeAsync(0, 4, 1);
        var second = SegmentStart(world, 1);
        world.Store.Damage = (name, at, bytes) => Flip(name == merged.NameIn(3), at, bytes, second + 80);
        Assert.Equal(new DamagedRange(3, 6, merged.NameIn(3)), (await world.FetchAsync(3)).Damage);

        Assert.Equal((ErrorCode.None, 6L), await AcceptAsync(world, 3, 5));

        using var rest = await world.FetchAsync(3);
        Assert.Equal(world.Expect(6), FetchWorld.Join(rest.Pieces));
        Assert.Equal((6L, 3000L), await TimeAsync(world, OffsetSpec.AtOrAfter(2000)));
        Assert.Equal((2L, 1002L), await TimeAsync(world, OffsetSpec.AtOrAfter(1002)));
        Assert.Equal((11L, 4002L), await TimeAsync(world, OffsetSpec.MaxTimestamp));
    });

    [Fact]
    public void A_largest_timestamp_that_was_given_up_is_not_answered() => Pump.Run(async () =>
    {
        await using var world = new FetchWorld();
        await world.FlushAsync([FetchWorld.Batch(2, timestampMs: 1000)]);
        var lost = await world.FlushAsync([FetchWorld.Batch(2, timestampMs: 9000)]);
        await world.FlushAsync([FetchWorld.Batch(2, timestampMs: 2000)]);
        await world.Store.DeleteAsync([lost.NameIn(3)], FetchWorld.Token);
        await AcceptAsync(world, 2, 3);

        Assert.Equal((5L, 2001L), await TimeAsync(world, OffsetSpec.MaxTimestamp));
        Assert.Equal((-1L, -1L), await TimeAsync(world, OffsetSpec.AtOrAfter(5000)));
        Assert.Equal((4L, 2000L), await TimeAsync(world, OffsetSpec.AtOrAfter(1500)));
    });

    [Fact]
    public void An_index_page_is_given_up_with_everything_that_it_lists() => Pump.Run(async () =>
    {
        await using var world = new FetchWorld();
        for (var i = 0; i < 4; i++)
        {
            await world.FlushAsync([FetchWorld.Batch(10, timestampMs: 1000 * (i + 1))]);
            world.Shard.Restore();
        }

        await world.PageAsync(1);
        await world.PageAsync(2);
        var page = world.State.Pages[1];
        await world.Store.DeleteAsync([page.Page.NameIn(3)], FetchWorld.Token);

        Assert.Equal((ErrorCode.None, 30L), await AcceptAsync(world, 10, 29));

        using var rest = await world.FetchAsync(15);
        Assert.Equal(world.Expect(30), FetchWorld.Join(rest.Pieces));
        Assert.Equal((30L, 4000L), await TimeAsync(world, OffsetSpec.AtOrAfter(2500)));
        Assert.Equal((39L, 4009L), await TimeAsync(world, OffsetSpec.MaxTimestamp));
        Assert.Equal((10L, 1), await EpochEndAsync(world, 1));
        Assert.Equal((10L, 1), await EpochEndAsync(world, 2));
        Assert.Equal((40L, 4), await EpochEndAsync(world, 4));
    });

    [Fact]
    public void Epochs_end_where_they_did_when_a_batch_in_between_was_given_up() => Pump.Run(async () =>
    {
        await using var world = new FetchWorld();
        for (var i = 0; i < 4; i++)
        {
            await world.FlushAsync([FetchWorld.Batch(3)]);
            if (i % 2 == 1)
                world.Shard.Restore();
        }

        var merged = await world.MergeAsync(0, 4, 1);
        var first = SegmentStart(world, 0);
        world.Store.Damage = (name, at, bytes) => Flip(name == merged.NameIn(3), at, bytes, first + 80);
        Assert.Equal((ErrorCode.None, 3L), await AcceptAsync(world, 0, 2));

        Assert.Equal((6L, 1), await EpochEndAsync(world, 1));
        Assert.Equal((12L, 2), await EpochEndAsync(world, 2));
    });

    // Offsets 0 to 4 and 12 to 13 are there, 5 to 11 lie in an object that is gone.
    private static async Task<FetchWorld> LostInTheMiddleAsync()
    {
        var world = new FetchWorld();
        await world.FlushAsync([FetchWorld.Batch(5)]);
        var lost = await world.FlushAsync([FetchWorld.Batch(3), FetchWorld.Batch(4)]);
        await world.FlushAsync([FetchWorld.Batch(2)]);
        await world.Store.DeleteAsync([lost.NameIn(3)], FetchWorld.Token);
        return world;
    }

    private static async Task<(ErrorCode Error, long Offset)> AcceptAsync(
        FetchWorld world, long first, long last, Func<Task>? beforeCommit = null)
    {
        var result = await world.Reader.Losses.AcceptAsync(
            world.Shard,
            async (propose, _) =>
            {
                if (beforeCommit is not null)
                    await beforeCommit();
                if (propose(world.Shard.Register) is not { } entry)
                    return new CommitOutcome(CommitResult.Withdrawn, world.Shard.Register);
                world.Shard.Commit(entry);
                return new CommitOutcome(CommitResult.Applied, world.Shard.Register);
            },
            FetchWorld.Partition,
            (first, last + 1),
            "Ada",
            FetchWorld.Token);
        return (result.Error, result.Offset);
    }

    private static async Task<FetchResult> FetchManyAsync(FetchWorld world, long offset, TimeSpan wait = default) =>
        (await world.Reader.Several.FetchAsync(
            [new FetchTarget(world.Shard, FetchWorld.Partition, offset, 1 << 20)], new FetchOptions { MaxWait = wait, MinBytes = 1 },
            FetchWorld.Token))[0];

    private static async Task<(long Offset, long Timestamp)> TimeAsync(FetchWorld world, OffsetSpec spec)
    {
        var found = await world.ListAsync(spec);
        Assert.Equal(ErrorCode.None, found.Error);
        return (found.Offset, found.TimestampMs);
    }

    private static async Task<(long Offset, int Epoch)> EpochEndAsync(FetchWorld world, int epoch)
    {
        var found = await world.Reader.FindEpochEndAsync(world.Shard, FetchWorld.Partition, epoch, FetchWorld.Token);
        Assert.Equal(ErrorCode.None, found.Error);
        return (found.Offset, found.LeaderEpoch);
    }

    // Where a batch begins in the object that all of them were merged into.
    private static long SegmentStart(FetchWorld world, int batch) =>
        SegmentLayout.HeaderBytes + world.Log.Take(batch).Sum(b => (long)b.Bytes.Length);

    private static void Flip(bool isIt, long at, Memory<byte> bytes, long position)
    {
        if (isIt && position >= at && position < at + bytes.Length)
            bytes.Span[(int)(position - at)] ^= 1;
    }
}

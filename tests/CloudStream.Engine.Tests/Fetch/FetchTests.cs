using CloudStream.Log.Calls;
using CloudStream.Log.Entries;
using CloudStream.Records;
using CloudStream.Storage;

namespace CloudStream.Engine.Tests.Fetch;

public sealed class FetchTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_fetch_returns_whole_batches_from_the_one_that_contains_the_offset(bool inTail) => Pump.Run(async () =>
    {
        await using var world = new FetchWorld();
        await world.FlushAsync([FetchWorld.Batch(3), FetchWorld.Batch(4), FetchWorld.Batch(5)], inTail);

        foreach (var (offset, first) in new[] { (0, 0), (2, 0), (3, 3), (5, 3), (6, 3), (7, 7), (11, 7) })
        {
            using var result = await world.FetchAsync(offset);
            Assert.Equal(ErrorCode.None, result.Error);
            Assert.Equal(world.Expect(offset), FetchWorld.Join(result.Pieces));
            Assert.Equal(first, new RecordBatchHeader(result.Pieces[0].Span).BaseOffset);
            Assert.Equal((12L, 12L, 12L, 0L), (result.NextOffset, result.HighWatermark, result.LastStableOffset, result.LogStartOffset));
            Assert.Equal(FetchWorld.Join(result.Pieces).Length, result.Bytes);
        }
    });

    [Fact]
    public void Batches_carry_the_leader_epoch_of_their_commit_and_still_match_their_checksum() => Pump.Run(async () =>
    {
        await using var world = new FetchWorld();
        await world.FlushAsync([FetchWorld.Batch(1)]);
        world.Shard.Restore();
        await world.FlushAsync([FetchWorld.Batch(2)]);

        using var result = await world.FetchAsync(0);

        Assert.Equal([(0L, 1), (1L, 2)],
            result.Pieces.Select(p => (new RecordBatchHeader(p.Span).BaseOffset, new RecordBatchHeader(p.Span).PartitionLeaderEpoch)));
        Assert.All(result.Pieces, p => Assert.True(RecordBatchValidator.HasValidCrc(p.Span)));
    });

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_fetch_stops_before_the_batch_that_does_not_fit_but_returns_a_first_one_of_any_size(bool inTail) => Pump.Run(async () =>
    {
        await using var world = new FetchWorld();
        byte[][] batches = [FetchWorld.Batch(1, 100), FetchWorld.Batch(1, 2000), FetchWorld.Batch(1, 100), FetchWorld.Batch(1, 100)];
        await world.FlushAsync(batches, inTail);
        await world.FlushAsync([FetchWorld.Batch(1, 100)], inTail);
        (await world.FetchAsync(4, 1)).Dispose(); // A fetch takes of another object what is in memory.
        var (small, large) = (batches[0].Length, batches[1].Length);

        foreach (var (offset, maxBytes, expected) in new[]
        {
            (0, 0, 1), (0, small - 1, 1), (0, small, 1), (0, small + large - 1, 1), (0, small + large, 2), (0, small + large + 1, 2),
            (1, 1, 1), (1, large + small, 2), (2, 2 * small, 2), (2, (3 * small) - 1, 2), (2, 3 * small, 3), (4, 1, 1),
        })
        {
            using var result = await world.FetchAsync(offset, maxBytes);
            Assert.Equal(world.Expect(offset, expected), FetchWorld.Join(result.Pieces));
            Assert.Equal(offset + expected, result.NextOffset);
        }
    });

    [Fact]
    public void A_fetch_with_half_of_what_it_may_have_does_not_wait_for_more_from_the_store() => Pump.Run(async () =>
    {
        await using var world = new FetchWorld();
        var batch = FetchWorld.Batch(1, 100);
        for (var i = 0; i < 4; i++)
            await world.FlushAsync([batch]);

        using (var half = await world.FetchAsync(0, maxBytes: 2 * batch.Length, sequential: false))
            Assert.Equal(world.Expect(0, 1), FetchWorld.Join(half.Pieces));
        using (var less = await world.FetchAsync(0, maxBytes: (4 * batch.Length) - 1, sequential: false))
            Assert.Equal(world.Expect(0, 2), FetchWorld.Join(less.Pieces));
        using (var minimum = await world.FetchAsync(0, maxBytes: 4 * batch.Length, minBytes: 4 * batch.Length))
            Assert.Equal(world.Expect(0, 4), FetchWorld.Join(minimum.Pieces));
        using (var warm = await world.FetchAsync(0, maxBytes: 4 * batch.Length, sequential: false))
            Assert.Equal(world.Expect(0, 4), FetchWorld.Join(warm.Pieces));
    });

    [Fact]
    public void A_reader_that_goes_on_from_next_offset_sees_every_batch_once_whatever_the_size_of_its_fetches() => Pump.Run(async () =>
    {
        await using var world = new FetchWorld();
        await MixAsync(world);

        foreach (var maxBytes in new[] { 1, 300, 1000, 5000, 1 << 20 })
        {
            var seen = new List<byte>();
            for (var offset = 0L; offset < world.State.EndOffset;)
            {
                using var result = await world.FetchAsync(offset, maxBytes, sequential: maxBytes % 2 == 0);
                Assert.Equal(ErrorCode.None, result.Error);
                Assert.True(result.NextOffset > offset);
                seen.AddRange(FetchWorld.Join(result.Pieces));
                offset = result.NextOffset;
            }

            Assert.Equal(world.Expect(0), seen);
        }
    });

    [Fact]
    public void Every_offset_of_a_log_of_pages_merged_slices_flushes_and_tail_can_be_fetched() => Pump.Run(async () =>
    {
        await using var world = new FetchWorld();
        await MixAsync(world);
        Assert.Equal((1, 2), (world.State.Pages.Length, world.State.Pages[0].Level + 1));

        for (var offset = 0L; offset < world.State.EndOffset; offset++)
        {
            using var result = await world.FetchAsync(offset, maxBytes: 1);
            var batch = world.Log.Single(b => b.Offset <= offset && offset < b.EndOffset);
            Assert.Equal(batch.Bytes, FetchWorld.Join(result.Pieces));
            Assert.Equal(batch.EndOffset, result.NextOffset);
        }
    });

    [Fact]
    public void An_offset_outside_the_log_is_refused_only_after_a_strong_read() => Pump.Run(async () =>
    {
        await using var world = new FetchWorld();
        await world.FlushAsync([FetchWorld.Batch(5)]);
        await world.FlushAsync([FetchWorld.Batch(5)]);
        world.Trim(7);
        await world.FlushAsync([FetchWorld.Batch(3)], elsewhere: true);

        using var beyondWhatIsKnown = await world.FetchAsync(11);
        Assert.Equal(world.Expect(11), FetchWorld.Join(beyondWhatIsKnown.Pieces));
        Assert.Equal(1, world.Shard.Looks);

        foreach (var offset in new[] { -1L, 0, 6, 14, long.MaxValue })
        {
            using var result = await world.FetchAsync(offset);
            Assert.Equal((ErrorCode.OffsetOutOfRange, 13L, 7L), (result.Error, result.HighWatermark, result.LogStartOffset));
            Assert.Equal($"Offset {offset} is outside the log, which begins at 7 and ends at 13.", result.Detail);
        }

        Assert.Equal(6, world.Shard.Looks);
        using var trimmedInTheMiddle = await world.FetchAsync(7);
        Assert.Equal(world.Expect(7), FetchWorld.Join(trimmedInTheMiddle.Pieces));
    });

    [Fact]
    public void A_partition_is_unknown_only_after_a_strong_read() => Pump.Run(async () =>
    {
        await using var world = new FetchWorld();
        var other = FetchWorld.Partition with { Index = 9 };
        using var unknown = await world.Reader.FetchAsync(world.Shard, other, 0, new(), FetchWorld.Token);
        Assert.Equal((ErrorCode.UnknownPartition, 1), (unknown.Error, world.Shard.Looks));

        world.Shard.Commit(new PartitionCreatedEntry(0, other), elsewhere: true);
        using var created = await world.Reader.FetchAsync(world.Shard, other, 0, new(), FetchWorld.Token);
        Assert.Equal((ErrorCode.None, 0L, 0L), (created.Error, created.Bytes, created.NextOffset));
    });

    [Fact]
    public void A_missing_object_means_that_the_index_has_moved_on() => Pump.Run(async () =>
    {
        await using var world = new FetchWorld();
        var flushes = new[] { await world.FlushAsync([FetchWorld.Batch(2)]), await world.FlushAsync([FetchWorld.Batch(3)]) };
        var known = world.Shard.State;
        await world.MergeAsync(0, 2, 1);
        await world.Store.DeleteAsync([.. flushes.Select(f => f.NameIn(3))], FetchWorld.Token);
        var late = new FakeShardView(world.Shard, known);

        using var result = await world.Reader.FetchAsync(late, FetchWorld.Partition, 0, new() { Sequential = false }, FetchWorld.Token);

        Assert.Equal(world.Expect(0), FetchWorld.Join(result.Pieces));
        Assert.Equal(1, world.Shard.Refreshes);
        Assert.Equal(1, world.Counter("cloudstream.fetch.object.missing"));
    });

    [Fact]
    public void An_object_that_stays_missing_is_damage_and_never_the_end_of_the_log() => Pump.Run(async () =>
    {
        await using var world = new FetchWorld();
        var flush = await world.FlushAsync([FetchWorld.Batch(2)]);
        await world.Store.DeleteAsync([flush.NameIn(3)], FetchWorld.Token);

        using var result = await world.FetchAsync(0);

        Assert.Equal((ErrorCode.CorruptStorage, 2L), (result.Error, result.HighWatermark));
        Assert.Equal($"The stored records of t/0 at offsets 0 to 1 cannot be read: the object {flush.NameIn(3)} is missing.",
            result.Detail);
        Assert.Equal(3, world.Shard.Refreshes);
    });

    [Fact]
    public void Transient_failures_are_tried_again_and_then_reported_as_an_outage() => Pump.Run(async () =>
    {
        await using var world = new FetchWorld();
        await world.FlushAsync([FetchWorld.Batch(2)]);
        var failures = 5;
        world.Store.BeforeRead = _ => failures-- > 0 ? throw WatchedStore.Failure(StoreErrorKind.Throttled) : Task.CompletedTask;

        using var recovered = await AdvanceUntilDoneAsync(world, world.FetchAsync(0));
        Assert.Equal(world.Expect(0), FetchWorld.Join(recovered.Pieces));

        await world.FlushAsync([FetchWorld.Batch(2)]);
        failures = int.MaxValue;
        var before = world.Store.Reads;
        using var failed = await AdvanceUntilDoneAsync(world, world.FetchAsync(2));
        Assert.Equal((ErrorCode.StoreUnavailable, 6), (failed.Error, world.Store.Reads - before));
    });

    [Fact]
    public void A_refusing_store_is_not_asked_again() => Pump.Run(async () =>
    {
        await using var world = new FetchWorld();
        await world.FlushAsync([FetchWorld.Batch(2)]);
        world.Store.BeforeRead = _ => throw WatchedStore.Failure(StoreErrorKind.Refused);

        using var result = await world.FetchAsync(0);

        Assert.Equal((ErrorCode.StoreRefused, 1), (result.Error, world.Store.Reads));
    });

    [Fact]
    public void A_failure_behind_the_first_batches_does_not_keep_them_from_the_reader() => Pump.Run(async () =>
    {
        await using var world = new FetchWorld();
        await world.FlushAsync([FetchWorld.Batch(2)]);
        var second = await world.FlushAsync([FetchWorld.Batch(3)]);
        world.Store.BeforeRead = name => name == second.NameIn(3) ? throw WatchedStore.Failure(StoreErrorKind.Refused) : Task.CompletedTask;

        using var result = await world.FetchAsync(0);

        Assert.Equal((ErrorCode.None, 2L), (result.Error, result.NextOffset));
        Assert.Equal(world.Expect(0, 1), FetchWorld.Join(result.Pieces));
    });

    [Fact]
    public void The_high_watermark_is_the_newest_one_known_when_the_answer_is_given() => Pump.Run(async () =>
    {
        await using var world = new FetchWorld();
        await world.FlushAsync([FetchWorld.Batch(2)]);
        var gate = new TaskCompletionSource();
        world.Store.BeforeRead = _ => gate.Task;
        var slow = world.FetchAsync(0);
        await world.FlushAsync([FetchWorld.Batch(3)], keepInTail: true);
        using var quick = await world.FetchAsync(2);

        gate.SetResult();
        using var result = await slow;

        Assert.Equal((5L, 5L), (quick.HighWatermark, result.HighWatermark));
    });

    /// <summary>Pages of pages, a page's merged slices, recent merged slices, flushes to be loaded, flushes in memory.</summary>
    internal static async Task MixAsync(FetchWorld world)
    {
        for (var i = 0; i < 16; i++)
            await world.FlushAsync(
                [.. Enumerable.Range(0, (i % 3) + 1).Select(b => FetchWorld.Batch((i + b) % 4 + 1, 50 * b, 1000 + (100 * i)))],
                keepInTail: i >= 14);
        await world.MergeAsync(0, 3, 2);
        await world.MergeAsync(1, 3, 100);
        await world.PageAsync(1);
        await world.PageAsync(1);
        await world.FoldPagesAsync();
        await world.MergeAsync(0, 3, 1);
        await world.MergeAsync(1, 2, 3);
    }

    internal static async Task<T> AdvanceUntilDoneAsync<T>(FetchWorld world, ValueTask<T> work)
    {
        var task = work.AsTask();
        while (!task.IsCompleted)
        {
            if (world.Time.Timers > 0)
                world.Time.Advance(TimeSpan.FromSeconds(5));
            await Pump.IdleAsync();
        }

        return await task;
    }
}

using CloudStream.Log.Calls;
using CloudStream.Log.Reading;
using CloudStream.Storage;

namespace CloudStream.Engine.Tests.Fetch;

public sealed class WaitTests
{
    [Fact]
    public void At_the_end_of_the_log_a_fetch_without_patience_is_empty() => Pump.Run(async () =>
    {
        await using var world = new FetchWorld();
        await world.FlushAsync([FetchWorld.Batch(2)]);

        using var result = await world.FetchAsync(2);

        Assert.Equal((ErrorCode.None, 0L, 2L, 2L), (result.Error, result.Bytes, result.NextOffset, result.HighWatermark));
        Assert.Empty(result.Pieces);
        Assert.Equal(0, world.Shard.Refreshes);
    });

    [Fact]
    public void A_waiting_fetch_wakes_up_at_the_commit_and_reads_nothing_meanwhile() => Pump.Run(async () =>
    {
        await using var world = new FetchWorld();
        await world.FlushAsync([FetchWorld.Batch(2)]);
        var fetch = world.FetchAsync(2, waitMs: 1_000_000).AsTask();
        await Pump.IdleAsync();
        Assert.False(fetch.IsCompleted);

        await world.FlushAsync([FetchWorld.Batch(3)], keepInTail: true);

        using var result = await fetch;
        Assert.Equal(world.Expect(2), FetchWorld.Join(result.Pieces));
        Assert.Equal((0, 0), (world.Store.Reads, world.Shard.Refreshes));
        Assert.Equal(0, world.Time.Timers);
    });

    [Fact]
    public void A_fetch_waits_for_as_many_bytes_as_it_asks_for() => Pump.Run(async () =>
    {
        await using var world = new FetchWorld();
        var size = FetchWorld.Batch(1, 100).Length;
        var fetch = world.FetchAsync(0, minBytes: 3 * size, waitMs: 1_000_000).AsTask();
        for (var i = 0; i < 3; i++)
        {
            await Pump.IdleAsync();
            Assert.False(fetch.IsCompleted);
            await world.FlushAsync([FetchWorld.Batch(1, 100)], keepInTail: true);
        }

        using var result = await fetch;
        Assert.Equal((3L * size, 3L), (result.Bytes, result.NextOffset));
    });

    [Fact]
    public void When_the_time_is_up_a_fetch_returns_what_there_is() => Pump.Run(async () =>
    {
        await using var world = new FetchWorld();
        await world.FlushAsync([FetchWorld.Batch(2)]);
        var some = world.FetchAsync(0, minBytes: 10_000, waitMs: 500).AsTask();
        var none = world.FetchAsync(2, waitMs: 500).AsTask();
        await Pump.IdleAsync();
        world.Time.Advance(TimeSpan.FromMilliseconds(499));
        await Pump.IdleAsync();
        Assert.False(some.IsCompleted || none.IsCompleted);

        world.Time.Advance(TimeSpan.FromMilliseconds(1));

        using var found = await some;
        using var empty = await none;
        Assert.Equal(world.Expect(0), FetchWorld.Join(found.Pieces));
        Assert.Equal((ErrorCode.None, 0L, 2L), (empty.Error, empty.Bytes, empty.HighWatermark));
    });

    [Fact]
    public void More_bytes_than_the_fetch_can_hold_are_not_waited_for() => Pump.Run(async () =>
    {
        await using var world = new FetchWorld();
        await world.FlushAsync([FetchWorld.Batch(2, 200), FetchWorld.Batch(2, 200)]);

        using var result = await world.FetchAsync(0, maxBytes: 300, minBytes: 1 << 20, waitMs: 1_000_000);

        Assert.Equal(world.Expect(0, 1), FetchWorld.Join(result.Pieces));
    });

    [Fact]
    public void Commits_of_others_are_found_by_reading_the_register_no_more_often_than_flushes_are_spaced() => Pump.Run(async () =>
    {
        await using var world = new FetchWorld(o => o.FlushInterval = TimeSpan.FromMilliseconds(50));
        world.Shard.NewestOfOthers = 1;
        var fetches = Enumerable.Range(0, 20).Select(_ => world.FetchAsync(0, waitMs: 1_000_000).AsTask()).ToArray();
        await Pump.IdleAsync();
        Assert.Equal((0, 0), (world.Shard.Refreshes, world.Shard.Looks));

        for (var ms = 0; ms < 500; ms += 10)
        {
            world.Time.Advance(TimeSpan.FromMilliseconds(10));
            await Pump.IdleAsync();
        }

        Assert.InRange(world.Shard.Refreshes, 9, 10);
        Assert.Equal(0, world.Shard.Looks);
        await world.FlushAsync([FetchWorld.Batch(2)], elsewhere: true);
        world.Time.Advance(TimeSpan.FromMilliseconds(50));
        foreach (var result in await Task.WhenAll(fetches))
        {
            Assert.Equal(world.Expect(0), FetchWorld.Join(result.Pieces));
            result.Dispose();
        }
    });

    [Fact]
    public void Where_nobody_else_writes_the_register_is_read_seldom() => Pump.Run(async () =>
    {
        await using var world = new FetchWorld(o => (o.FlushInterval, o.Lease) = (TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(9)));
        var fetch = world.FetchAsync(0, waitMs: 30_000).AsTask();
        for (var s = 0; s < 30; s++)
        {
            await Pump.IdleAsync();
            world.Time.Advance(TimeSpan.FromSeconds(1));
        }

        using var result = await fetch;
        Assert.InRange(world.Shard.Refreshes, 9, 10);
        Assert.Equal(0, world.Shard.Looks);
    });

    [Fact]
    public void Readers_who_wait_together_share_one_look_at_the_register_when_their_time_is_up() => Pump.Run(async () =>
    {
        await using var world = new FetchWorld(o => o.FlushInterval = TimeSpan.FromSeconds(1));
        var fetches = Enumerable.Range(0, 50).Select(_ => world.FetchAsync(0, waitMs: 500).AsTask()).ToArray();
        await Pump.IdleAsync();
        world.Time.Advance(TimeSpan.FromMilliseconds(500));

        foreach (var result in await Task.WhenAll(fetches))
            result.Dispose();
        Assert.Equal((0, 1), (world.Shard.Refreshes, world.Shard.Looks));
    });

    [Fact]
    public void A_commit_from_here_since_the_question_needs_no_look_at_the_register() => Pump.Run(async () =>
    {
        await using var world = new FetchWorld();
        var fetch = world.FetchAsync(0, waitMs: 1000).AsTask();
        await world.FlushAsync([FetchWorld.Batch(2)], keepInTail: true);

        using var result = await fetch;
        Assert.Equal((2L, 0, 0), (result.HighWatermark, world.Shard.Refreshes, world.Shard.Looks));
    });

    [Fact]
    public void At_the_end_a_broker_asks_the_register_first() => Pump.Run(async () =>
    {
        await using var world = new FetchWorld();
        await world.FlushAsync([FetchWorld.Batch(2)], elsewhere: true);

        using var result = await world.FetchAsync(0);

        Assert.Equal(world.Expect(0), FetchWorld.Join(result.Pieces));
    });

    [Fact]
    public void A_broker_shows_no_high_watermark_that_others_have_passed() => Pump.Run(async () =>
    {
        await using var world = new FetchWorld();
        await world.FlushAsync([FetchWorld.Batch(2)]);
        await world.FlushAsync([FetchWorld.Batch(3)], elsewhere: true);

        using var result = await world.FetchAsync(0, maxBytes: 1);

        Assert.Equal((2L, 5L), (result.NextOffset, result.HighWatermark));
    });

    [Fact]
    public void A_register_that_cannot_be_read_is_an_outage() => Pump.Run(async () =>
    {
        await using var world = new FetchWorld();
        world.Shard.BeforeRefresh = () => throw WatchedStore.Failure(StoreErrorKind.Unavailable);

        var fetch = world.FetchAsync(0, waitMs: 1000).AsTask();
        await Pump.IdleAsync();
        world.Time.Advance(TimeSpan.FromSeconds(1));

        using var result = await fetch;
        Assert.Equal(ErrorCode.StoreUnavailable, result.Error);
    });

    [Fact]
    public void A_register_that_never_answers_is_an_outage_after_the_request_timeout() => Pump.Run(async () =>
    {
        await using var world = new FetchWorld(o => o.RequestTimeout = TimeSpan.FromSeconds(30));
        world.Shard.BeforeRefresh = () => new TaskCompletionSource().Task;
        var fetch = world.FetchAsync(7).AsTask();
        var lookup = world.ListAsync(OffsetSpec.Latest).AsTask();
        await Pump.IdleAsync();
        world.Time.Advance(TimeSpan.FromSeconds(29));
        await Pump.IdleAsync();
        Assert.False(fetch.IsCompleted || lookup.IsCompleted);

        world.Time.Advance(TimeSpan.FromSeconds(1));

        using var result = await fetch;
        Assert.Equal((ErrorCode.StoreUnavailable, ErrorCode.StoreUnavailable), (result.Error, (await lookup).Error));
    });

    [Fact]
    public void A_register_that_does_not_answer_when_the_readers_time_is_up_is_an_outage_after_the_request_timeout() => Pump.Run(async () =>
    {
        await using var world = new FetchWorld(
            o => (o.FlushInterval, o.RequestTimeout) = (TimeSpan.FromMilliseconds(10), TimeSpan.FromSeconds(30)));
        var fetch = world.FetchAsync(0, waitMs: 5000).AsTask();
        await Pump.IdleAsync();
        world.Shard.BeforeRefresh = () => new TaskCompletionSource().Task;
        world.Time.Advance(TimeSpan.FromSeconds(4));
        await Pump.IdleAsync();
        world.Time.Advance(TimeSpan.FromSeconds(1));
        await Pump.IdleAsync();
        Assert.Equal((false, 1, 1), (fetch.IsCompleted, world.Shard.Refreshes, world.Shard.Looks));

        world.Time.Advance(TimeSpan.FromSeconds(30));

        using var result = await fetch;
        Assert.Equal((ErrorCode.StoreUnavailable, -1L), (result.Error, result.HighWatermark));
    });

    [Fact]
    public void A_commit_is_served_while_the_register_does_not_answer() => Pump.Run(async () =>
    {
        await using var world = new FetchWorld(o => o.FlushInterval = TimeSpan.FromMilliseconds(10));
        var fetch = world.FetchAsync(0, waitMs: 1_000_000).AsTask();
        await Pump.IdleAsync();
        world.Shard.BeforeRefresh = () => new TaskCompletionSource().Task;
        world.Time.Advance(TimeSpan.FromSeconds(4));
        await Pump.IdleAsync();
        Assert.Equal((false, 1), (fetch.IsCompleted, world.Shard.Refreshes));

        await world.FlushAsync([FetchWorld.Batch(1)], keepInTail: true);

        using var result = await fetch;
        Assert.Equal(world.Expect(0), FetchWorld.Join(result.Pieces));
    });

    [Fact]
    public void A_log_that_is_trimmed_past_a_waiting_reader_tells_it_so() => Pump.Run(async () =>
    {
        await using var world = new FetchWorld();
        await world.FlushAsync([FetchWorld.Batch(2)]);
        var fetch = world.FetchAsync(0, minBytes: 10_000, waitMs: 1_000_000).AsTask();
        await Pump.IdleAsync();

        world.Trim(1);

        using var result = await fetch;
        Assert.Equal((ErrorCode.OffsetOutOfRange, 1L), (result.Error, result.LogStartOffset));
    });

    [Fact]
    public void What_other_partitions_have_found_goes_back_when_a_fetch_is_cancelled() => Pump.Run(async () =>
    {
        await using var world = new FetchWorld();
        var slow = (await world.FlushAsync([FetchWorld.Batch(1)])).NameIn(world.Shard.Number);
        await world.FlushAsync([FetchWorld.Batch(1)]);
        var gate = new TaskCompletionSource();
        world.Store.BeforeRead = async name => await (name == slow ? gate.Task : Pump.IdleAsync());
        using var cancel = new CancellationTokenSource();
        FetchTarget[] targets = [new(world.Shard, FetchWorld.Partition, 0, 1000), new(world.Shard, FetchWorld.Partition, 1, 1000)];
        var fetch = world.Reader.Several.FetchAsync(targets, new FetchOptions { MaxBytes = 1 << 20 }, cancel.Token).AsTask();
        for (var i = 0; i < 4; i++)
            await Pump.IdleAsync();
        Assert.Equal((false, 2), (fetch.IsCompleted, world.Store.Reads));

        await cancel.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => fetch);
        gate.SetResult();
        await world.CloseReaderAsync();
        Assert.Equal(0, world.Gauge("cloudstream.fetch.cache.usage"));
    });

    [Fact]
    public void A_waiting_fetch_can_be_cancelled_and_leaves_no_timer_behind() => Pump.Run(async () =>
    {
        await using var world = new FetchWorld();
        using var cancel = new CancellationTokenSource();
        var fetch = world.FetchAsync(0, waitMs: 1_000_000, token: cancel.Token).AsTask();
        await Pump.IdleAsync();

        await cancel.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => fetch);
        Assert.Equal(0, world.Time.Timers);
    });
}

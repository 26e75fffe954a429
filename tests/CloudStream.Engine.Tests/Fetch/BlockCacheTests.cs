using CloudStream.Log.Cache;
using CloudStream.Log.Calls;

namespace CloudStream.Engine.Tests.Fetch;

public sealed class BlockCacheTests
{
    [Fact]
    public void Readers_of_one_chunk_at_the_same_time_share_one_load() => Pump.Run(async () =>
    {
        await using var world = new FetchWorld();
        await world.FlushAsync([FetchWorld.Batch(10), FetchWorld.Batch(10)]);
        var gate = new TaskCompletionSource();
        world.Store.BeforeRead = _ => gate.Task;
        var fetches = Enumerable.Range(0, 20).Select(o => world.FetchAsync(o).AsTask()).ToArray();
        gate.SetResult();

        var results = await Task.WhenAll(fetches);

        Assert.Equal(1, world.Store.Reads);
        for (var offset = 0; offset < 20; offset++)
        {
            Assert.Equal(world.Expect(offset), FetchWorld.Join(results[offset].Pieces));
            results[offset].Dispose();
        }

        using var cached = await world.FetchAsync(0);
        Assert.Equal((1, 20L, 1L),
            (world.Store.Reads, world.Counter("cloudstream.fetch.cache.misses"), world.Counter("cloudstream.fetch.cache.hits")));
    });

    [Fact]
    public void A_reader_that_gives_up_does_not_stop_the_load_for_the_others() => Pump.Run(async () =>
    {
        await using var world = new FetchWorld();
        await world.FlushAsync([FetchWorld.Batch(10)]);
        var gate = new TaskCompletionSource();
        world.Store.BeforeRead = _ => gate.Task;
        using var cancel = new CancellationTokenSource();
        var impatient = world.FetchAsync(0, token: cancel.Token).AsTask();
        var patient = world.FetchAsync(0).AsTask();
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => impatient);

        gate.SetResult();

        using var result = await patient;
        Assert.Equal(world.Expect(0), FetchWorld.Join(result.Pieces));
        Assert.Equal(1, world.Store.Reads);
    });

    [Fact]
    public void What_is_in_use_stays_whole_while_everything_else_is_thrown_out() => Pump.Run(async () =>
    {
        await using var world = new FetchWorld(o => o.CacheBytes = 8 * 1024);
        for (var i = 0; i < 40; i++)
            await world.FlushAsync([FetchWorld.Batch(3, 500)]);
        var held = new List<FetchResult>();
        for (var i = 0; i < 40; i++)
            held.Add(await world.FetchAsync(3 * i, maxBytes: 1));
        for (var round = 0; round < 3; round++)
        {
            for (var i = 0; i < 40; i += 2)
            {
                using var passing = await world.FetchAsync(3 * i, maxBytes: 1);
                Assert.Equal(world.Expect(3 * i, 1), FetchWorld.Join(passing.Pieces));
            }
        }

        for (var i = 0; i < 40; i++)
            Assert.Equal(world.Log[i].Bytes, FetchWorld.Join(held[i].Pieces));
        held.ForEach(r => r.Dispose());
        using var after = await world.FetchAsync(0, maxBytes: 1);
        Assert.Equal(world.Log[0].Bytes, FetchWorld.Join(after.Pieces));
        Assert.InRange(world.Gauge("cloudstream.fetch.cache.usage"), 2048, 8 * 1024);
    });

    // Two fetches per chunk: that a scan touches a chunk more than once must not make it precious.
    [Fact]
    public void One_scan_of_history_does_not_throw_out_what_is_read_again_and_again() =>
    Pump.Run(() => ScanAsync(maxBytes: 1, sequential: false));

    // A batch is 500 bytes and more, so each fetch takes one and has a look at the next, which has no room.
    [Fact]
    public void What_a_fetch_has_looked_at_and_not_taken_is_loaded_once_and_makes_way_for_what_is_read_again() =>
    Pump.Run(() => ScanAsync(maxBytes: 1000, sequential: true));

    [Fact]
    public void History_is_read_no_more_than_so_often_at_once_and_the_tail_does_not_wait_for_it() => Pump.Run(async () =>
    {
        await using var world = new FetchWorld(o => o.MaxHistoryReads = 3);
        for (var i = 0; i < 10; i++)
            await world.FlushAsync([FetchWorld.Batch(1)], keepInTail: i == 9);
        var gate = new TaskCompletionSource();
        world.Store.BeforeRead = _ => gate.Task;
        var history = Enumerable.Range(0, 9).Select(o => world.FetchAsync(o, maxBytes: 1).AsTask()).ToArray();
        await Pump.IdleAsync();
        Assert.Equal(3, world.Store.Reads);

        using var tail = await world.FetchAsync(9);
        Assert.Equal(world.Expect(9), FetchWorld.Join(tail.Pieces));

        gate.SetResult();
        foreach (var result in await Task.WhenAll(history))
            result.Dispose();
        Assert.Equal((9, 3), (world.Store.Reads, world.Store.MostAtOnce));
    });

    [Fact]
    public void A_sequential_reader_finds_the_next_chunks_on_their_way() => Pump.Run(async () =>
    {
        await using var world = new FetchWorld();
        await world.FlushAsync([.. Enumerable.Range(0, 8).Select(_ => FetchWorld.Batch(1, 900_000))]);
        await world.MergeAsync(0, 1, 1);

        using var first = await world.FetchAsync(0, maxBytes: 1, sequential: true);
        await Pump.IdleAsync();
        var afterFirst = world.Store.Reads;
        using var second = await world.FetchAsync(1, maxBytes: 1, sequential: true);
        using var third = await world.FetchAsync(2, maxBytes: 1, sequential: true);

        // The directory, the chunk, and about 2 MiB after it; then a chunk ahead for each one passed.
        Assert.Equal(1 + 1 + 3, afterFirst);
        Assert.Equal(afterFirst + 2, world.Store.Reads);
        Assert.Equal(5, world.Counter("cloudstream.fetch.readahead.started"));
        Assert.Equal(world.Expect(2, 1), FetchWorld.Join(third.Pieces));
    });

    [Fact]
    public void A_random_reader_gets_no_read_ahead() => Pump.Run(async () =>
    {
        await using var world = new FetchWorld();
        for (var i = 0; i < 5; i++)
            await world.FlushAsync([FetchWorld.Batch(1)]);

        using var result = await world.FetchAsync(0, maxBytes: 1, sequential: false);

        Assert.Equal(1, world.Store.Reads);
    });

    [Fact]
    public void Chunks_of_one_fetch_are_loaded_side_by_side() => Pump.Run(async () =>
    {
        await using var world = new FetchWorld(o => o.MaxHistoryReads = 8);
        for (var i = 0; i < 5; i++)
            await world.FlushAsync([FetchWorld.Batch(1)]);
        var gate = new TaskCompletionSource();
        world.Store.BeforeRead = _ => gate.Task;
        var fetch = world.FetchAsync(0, sequential: true).AsTask();
        await Pump.IdleAsync();
        Assert.Equal(5, world.Store.Reads);
        gate.SetResult();

        using var result = await fetch;
        Assert.Equal(world.Expect(0), FetchWorld.Join(result.Pieces));
    });

    [Fact]
    public void Read_ahead_that_fails_is_counted_and_the_reader_sees_the_failure_when_it_comes_there() => Pump.Run(async () =>
    {
        await using var world = new FetchWorld();
        await world.FlushAsync([FetchWorld.Batch(1)]);
        var bad = await world.FlushAsync([FetchWorld.Batch(1)]);
        world.Store.Damage = (name, _, bytes) => bytes.Span[^1] ^= name == bad.NameIn(3) ? (byte)1 : (byte)0;

        using var first = await world.FetchAsync(0, maxBytes: 1, sequential: true);
        using var second = await world.FetchAsync(1, maxBytes: 1, sequential: true);

        Assert.Equal((ErrorCode.None, ErrorCode.CorruptStorage), (first.Error, second.Error));
    });

    [Fact]
    public void A_reader_that_is_stopped_waits_for_its_loads() => Pump.Run(async () =>
    {
        var world = new FetchWorld();
        await world.FlushAsync([FetchWorld.Batch(1)]);
        var gate = new TaskCompletionSource();
        world.Store.BeforeRead = _ => gate.Task;
        var fetch = world.FetchAsync(0).AsTask();
        var stop = world.DisposeAsync().AsTask();
        await Pump.IdleAsync();
        Assert.False(stop.IsCompleted);

        gate.SetResult();

        await stop;
        using var result = await fetch;
        Assert.Contains(result.Error, new[] { ErrorCode.None, ErrorCode.StoreUnavailable });
    });

    [Fact]
    public void A_reader_that_has_been_stopped_answers_that_it_is_unavailable() => Pump.Run(async () =>
    {
        var world = new FetchWorld();
        await world.FlushAsync([FetchWorld.Batch(1)]);
        await world.DisposeAsync();

        using var result = await world.FetchAsync(0);

        Assert.Equal(ErrorCode.StoreUnavailable, result.Error);
    });

    [Fact]
    public void Blocks_of_two_shards_are_never_mixed_up()
    {
        var key = new BlockKey(1, new(CloudStream.Storage.Objects.ObjectKind.Merged, 1, 2), 32);
        Assert.NotEqual(key, key with { Shard = 2 });
        Assert.Equal("02/0001/m-000000000001-0000000000000002", key.ObjectName);
    }

    private static async Task ScanAsync(int maxBytes, bool sequential)
    {
        await using var world = new FetchWorld(o => o.CacheBytes = 64 * 1024);
        for (var i = 0; i < 200; i++)
            await world.FlushAsync([FetchWorld.Batch(1, 500), FetchWorld.Batch(1, 500)]);
        for (var i = 0; i < 6; i++)
            (await world.FetchAsync(i % 3 * 2, maxBytes: 1)).Dispose();
        var warm = world.Store.Reads;

        for (var offset = 100; offset < 400; offset++)
        {
            (await world.FetchAsync(offset, maxBytes, sequential: sequential)).Dispose();
            await Pump.IdleAsync();
        }

        Assert.Equal(warm + 150, world.Store.Reads);
        for (var i = 0; i < 3; i++)
            (await world.FetchAsync(i * 2, maxBytes: 1)).Dispose();
        Assert.Equal(warm + 150, world.Store.Reads);
    }
}

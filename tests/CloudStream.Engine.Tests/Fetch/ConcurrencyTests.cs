namespace CloudStream.Engine.Tests.Fetch;

public sealed class ConcurrencyTests
{
    [Fact]
    public async Task Many_threads_over_a_cache_far_too_small_read_every_byte_right()
    {
        await using var world = new FetchWorld(o => (o.CacheBytes, o.MaxHistoryReads) = (24 * 1024, 4));
        for (var i = 0; i < 60; i++)
            await world.FlushAsync([FetchWorld.Batch(3, 300), FetchWorld.Batch(2, 200)], keepInTail: i >= 50);
        await world.MergeAsync(0, 30, 4);
        await world.PageAsync(1);
        world.Store.BeforeRead = async _ => await Task.Yield();
        var readers = Enumerable.Range(0, 8).Select(seed => Task.Run(() => ReadAsync(world, new Random(seed))));

        await Task.WhenAll(readers);

        Assert.InRange(world.Gauge("cloudstream.fetch.cache.usage"), 1, 24 * 1024);
    }

    private static async Task ReadAsync(FetchWorld world, Random random)
    {
        var end = world.State.EndOffset;
        for (var i = 0; i < 300; i++)
        {
            var offset = random.NextInt64(end);
            using var cancel = new CancellationTokenSource();
            var fetch = world.FetchAsync(offset, random.Next(1, 6000), sequential: random.Next(2) == 0, token: cancel.Token);
            if (random.Next(10) == 0)
                await cancel.CancelAsync();
            try
            {
                using var result = await fetch;
                var found = FetchWorld.Join(result.Pieces);
                Assert.Equal(world.Expect(offset)[..found.Length], found);
                Assert.NotEmpty(found);
            }
            catch (OperationCanceledException) when (cancel.IsCancellationRequested)
            {
                // As asked for.
            }
        }
    }
}

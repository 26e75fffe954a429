using CloudStream.Cluster.Settings;
using CloudStream.Log.Append;
using CloudStream.Log.Calls;
using CloudStream.Log.Flushes;
using CloudStream.Log.Memory;
using CloudStream.Log.Shards;

namespace CloudStream.Engine.Tests.Shards;

/// <summary>How long an append waits for company.</summary>
public sealed class FlushPaceTests : IAsyncDisposable
{
    private readonly ShardCluster _cluster = new();

    [Fact]
    public async Task A_lone_producer_waits_for_the_commit_before_and_for_no_interval()
    {
        var process = await _cluster.OpenAsync(o => (o.FlushInterval, o.LoneFlushInterval) = (TimeSpan.FromMinutes(1), TimeSpan.Zero));

        for (var i = 0; i < 20; i++)
            Assert.Equal(i, (await process.AppendAsync($"r{i}")).BaseOffset);
    }

    // A processor may be busy with something else between any two looks at the clock.
    [Fact]
    public async Task A_lone_producer_is_served_however_much_time_passes_between_two_looks_at_the_clock()
    {
        foreach (var step in new[] { 0.4, 1.1, 1.7, 3.3, 4.9 })
        {
            var process = await _cluster.OpenAsync(
                o => o.FlushInterval = TimeSpan.FromMilliseconds(5), time: new RestlessTime(TimeSpan.FromMilliseconds(step)));
            await process.AppendAsync("makes the next one lone");
            var (begun, gate) = (new TaskCompletionSource(), new TaskCompletionSource());
            process.Objects.BeforePut = _ =>
            {
                begun.TrySetResult();
                return gate.Task;
            };
            var one = process.AppendAsync("one");
            await begun.Task;
            var two = process.AppendAsync("two");
            for (var i = 0; i < 100; i++)
                await Task.Yield();
            gate.SetResult();

            Assert.Equal((ErrorCode.None, ErrorCode.None), ((await one).Error, (await two).Error));
        }
    }

    [Fact]
    public async Task Its_next_append_is_not_sealed_before_the_last_one_is_committed()
    {
        var process = await _cluster.OpenAsync(o => (o.FlushInterval, o.LoneFlushInterval) = (TimeSpan.FromMinutes(1), TimeSpan.Zero));
        var puts = 0;
        var first = new TaskCompletionSource();
        process.Objects.BeforePut = _ => Interlocked.Increment(ref puts) == 1 ? first.Task : Task.CompletedTask;
        var one = process.AppendAsync("one");
        while (Volatile.Read(ref puts) == 0)
            await Task.Yield();
        var two = process.AppendAsync("two");
        for (var i = 0; i < 100; i++)
            await Task.Yield();
        Assert.Equal(1, puts);

        first.SetResult();

        Assert.Equal((0L, 1L), ((await one).BaseOffset, (await two).BaseOffset));
        Assert.Equal(2, puts);
    }

    [Fact]
    public async Task Appends_of_several_producers_wait_for_the_interval_together()
    {
        var process = await _cluster.OpenAsync(o => (o.FlushInterval, o.LoneFlushInterval) = (TimeSpan.FromMinutes(1), TimeSpan.Zero));
        var puts = 0;
        var first = new TaskCompletionSource();
        process.Objects.BeforePut = _ => Interlocked.Increment(ref puts) == 1 ? first.Task : Task.CompletedTask;
        var opening = process.AppendAsync("opens the interval");
        while (Volatile.Read(ref puts) == 0)
            await Task.Yield();
        var waiting = Enumerable.Range(0, 5).Select(i => process.AppendAsync($"r{i}")).ToArray();
        for (var i = 0; i < 100; i++)
            await Task.Yield();
        first.SetResult();
        await opening;

        await process.Shard.FlushAsync(ShardCluster.Token);

        Assert.All(await Task.WhenAll(waiting), (AppendResult r) => Assert.Equal(ErrorCode.None, r.Error));
        Assert.Equal(2, puts);
    }

    // Milliseconds since the last flush, KiB of each partition: at 50 ms each partition should have 896 KiB.
    [Theory]
    [InlineData(5, new[] { 100 }, true)]
    [InlineData(5, new[] { 80 }, false)]
    [InlineData(5, new[] { 896 }, false)]
    [InlineData(5, new[] { 100, 100 }, true)]
    [InlineData(5, new[] { 100, 10 }, false)]
    [InlineData(25, new[] { 440, 460 }, true)]
    [InlineData(25, new[] { 440, 440 }, false)]
    [InlineData(49, new[] { 890 }, true)]
    [InlineData(50, new[] { 895 }, false)]
    public void A_heavy_stream_waits_until_each_partition_has_enough_for_an_object_of_its_own(int elapsedMs, int[] kib, bool waits)
    {
        var time = new ManualTime();
        var pace = new FlushPace(new BrokerOptions { FlushInterval = TimeSpan.FromMilliseconds(5) }, time);
        pace.Sealed(Task.CompletedTask, 10);
        time.Advance(TimeSpan.FromMilliseconds(elapsedMs));

        Assert.Equal(waits, IsWorthWaiting(pace, kib));
    }

    [Fact]
    public void After_a_gap_a_heavy_stream_goes_out_at_the_flush_interval_for_a_while()
    {
        var time = new ManualTime();
        var pace = new FlushPace(new BrokerOptions { FlushInterval = TimeSpan.FromMilliseconds(5) }, time);
        pace.GapSeen();
        for (var i = 0; i < 16; i++)
        {
            time.Advance(TimeSpan.FromMilliseconds(5));
            Assert.False(IsWorthWaiting(pace, [200]));
            pace.Sealed(Task.CompletedTask, 10);
        }

        time.Advance(TimeSpan.FromMilliseconds(5));

        Assert.True(IsWorthWaiting(pace, [200]));
    }

    [Theory]
    [InlineData(5, null, 1)]
    [InlineData(0, null, 0)]
    [InlineData(250, null, 250)]
    [InlineData(5, 20, 5)]
    [InlineData(250, 20, 20)]
    public void A_store_that_bills_requests_gets_no_more_flushes_unless_asked(int flushMs, int? loneMs, int effectiveMs)
    {
        var options = new BrokerOptions
        {
            FlushInterval = TimeSpan.FromMilliseconds(flushMs),
            LoneFlushInterval = loneMs is { } ms ? TimeSpan.FromMilliseconds(ms) : null
        };

        Assert.Equal(TimeSpan.FromMilliseconds(effectiveMs), options.EffectiveLoneFlushInterval);
    }

    private static bool IsWorthWaiting(FlushPace pace, int[] kib)
    {
        var appends = kib.Select((size, slot) => new PendingAppend(
            ShardCluster.Partition, slot, BufferPool.Shared.Rent(1), size * 1024, 1, new AppendOptions(), _ => { })).ToList();
        return pace.IsWorthWaiting(appends, appends.Sum(a => a.Length));
    }

    public ValueTask DisposeAsync() => _cluster.DisposeAsync();

    /// <summary>
    /// A clock that goes on by a step each time that somebody looks. Its timers are the system's: those of a fake clock would wait for
    /// somebody to look.
    /// </summary>
    private sealed class RestlessTime(TimeSpan step) : TimeProvider
    {
        private long _now;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => Interlocked.Add(ref _now, step.Ticks);
    }
}

using System.Diagnostics.Metrics;
using CloudStream.Cluster;
using CloudStream.Cluster.Settings;
using CloudStream.Cluster.Topics;
using CloudStream.Engine.Tests.Shards;
using CloudStream.Log.Calls;
using CloudStream.Log.Runtime;
using CloudStream.Storage.Memory;
using CloudStream.Storage.Presence;
using Microsoft.Extensions.Logging.Abstractions;

namespace CloudStream.Engine.Tests.Cluster;

/// <summary>Who holds which shard as brokers come, leave and die. Time passes only as the tests say.</summary>
public sealed class LeaseTests : IAsyncDisposable
{
    // Where a death is proven: so long that what happens at once is far from what waits for silence.
    private static readonly TimeSpan s_longLease = TimeSpan.FromSeconds(1_000);

    private readonly ManualTime _time = new();
    private readonly Meter _meter = new("lease-tests");
    private readonly BrokerStores _stores = new(new MemoryObjectStore(), new MemoryMetadataStore());
    private readonly List<Broker> _brokers = [];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask DisposeAsync()
    {
        foreach (var broker in _brokers)
            await broker.DisposeAsync();
        _meter.Dispose();
    }

    [Fact]
    public async Task A_broker_alone_takes_every_shard_at_epoch_1()
    {
        var broker = await StartAsync();
        var topic = (await broker.CreateTopicAsync("t", 4, Empty, Token)).Topic!;

        await UntilAsync(broker, topic, p => p.All(s => s.Leader == 0));

        Assert.All(await broker.DescribePartitionsAsync(topic, Token), p => Assert.Equal(1, p.LeaderEpoch));
    }

    [Fact]
    public async Task A_second_broker_is_handed_its_share_and_gives_it_back_when_it_leaves()
    {
        var first = await StartAsync();
        var topic = (await first.CreateTopicAsync("t", 4, Empty, Token)).Topic!;
        await UntilAsync(first, topic, p => p.All(s => s.Leader == 0));
        var second = await StartAsync();
        await UntilAsync(first, topic, p => p.Any(s => s.Leader == 1) && p.All(s => s.Leader >= 0));

        await second.DrainAsync(Token);

        await UntilAsync(first, topic, p => p.All(s => s.Leader == 0));
        Assert.Contains(await first.DescribePartitionsAsync(topic, Token), p => p.LeaderEpoch >= 3);
    }

    [Fact]
    public async Task The_shards_of_a_dead_broker_are_taken_after_a_lease_and_everything_that_it_acknowledged_is_there()
    {
        var first = await StartAsync();
        var topic = (await first.CreateTopicAsync("t", 4, Empty, Token)).Topic!;
        await UntilAsync(first, topic, p => p.All(s => s.Leader == 0));
        for (var i = 0; i < 4; i++)
            Assert.Equal(ErrorCode.None,
                (await first.AppendAsync(new TopicPartition("t", i), ShardCluster.Batch("kept"), new AppendOptions(), Token)).Error);
        await first.DisposeAsync(); // Without a drain: nobody is told.

        var second = await StartAsync();
        Assert.Equal(1, second.BrokerId); // The dead one's id is not free before a lease has passed.
        await UntilAsync(second, topic, p => p.All(s => s.Leader == 1));

        Assert.All(await second.DescribePartitionsAsync(topic, Token), p => Assert.Equal((2, 1L), (p.LeaderEpoch, p.HighWatermark)));
    }

    [Fact]
    public async Task The_shards_of_a_broker_that_is_proven_dead_are_taken_at_once_by_its_next_start_under_its_id()
    {
        var deaths = new Deaths();
        var process = deaths.Start();
        var first = await StartAsync(process);
        var topic = (await first.CreateTopicAsync("t", 4, Empty, Token)).Topic!;
        await UntilAsync(first, topic, p => p.All(s => s.Leader == 0 && s.LeaderEpoch == 1));
        await first.DisposeAsync();
        deaths.Kill(process);
        var killedAt = _time.GetTimestamp();

        var second = await StartAsync(deaths.Start());
        await UntilAsync(second, topic, p => p.All(s => s.Leader == 0 && s.LeaderEpoch == 2));

        Assert.Single(second.LiveBrokers);
        Assert.InRange(_time.GetElapsedTime(killedAt), TimeSpan.Zero, s_longLease / 2);
    }

    [Fact]
    public async Task The_shards_of_a_broker_that_is_proven_dead_are_taken_within_a_heartbeat_by_the_survivor()
    {
        var deaths = new Deaths();
        var (killed, survivor) = (deaths.Start(), deaths.Start());
        var (first, second) = (await StartAsync(killed), await StartAsync(survivor));
        var topic = (await first.CreateTopicAsync("t", 4, Empty, Token)).Topic!;
        await UntilAsync(second, topic, p => p.Any(s => s.Leader == 0) && p.Any(s => s.Leader == 1) && p.All(s => s.Leader >= 0));
        await first.DisposeAsync();
        deaths.Kill(killed);
        var killedAt = _time.GetTimestamp();

        await UntilAsync(second, topic, p => p.All(s => s.Leader == 1));

        Assert.InRange(_time.GetElapsedTime(killedAt), TimeSpan.Zero, s_longLease / 2);
    }

    [Fact]
    public async Task A_broker_takes_appends_for_shards_that_another_one_holds()
    {
        var (first, second) = (await StartAsync(), await StartAsync());
        var topic = (await first.CreateTopicAsync("t", 4, Empty, Token)).Topic!;
        await UntilAsync(first, topic, p => p.All(s => s.Leader >= 0));

        for (var i = 0; i < 4; i++)
        {
            Assert.Equal(
                0, (await first.AppendAsync(new TopicPartition("t", i), ShardCluster.Batch("a"), new AppendOptions(), Token)).BaseOffset);
            Assert.Equal(
                1, (await second.AppendAsync(new TopicPartition("t", i), ShardCluster.Batch("b"), new AppendOptions(), Token)).BaseOffset);
        }
    }

    private static Dictionary<string, string> Empty => [];

    private async Task<Broker> StartAsync(IDeathProof? process = null)
    {
        var options = new BrokerOptions { FlushInterval = TimeSpan.Zero };
        if (process is not null)
            options.Lease = s_longLease;
        options.Settings["log.retention.ms"] = "-1";
        var runtime = new BrokerRuntime(_time, new RandomSource(_brokers.Count + 1), NullLoggerFactory.Instance, _meter);
        var broker = await Broker.StartAsync(_stores with { DeathProof = process }, options, runtime, Token);
        _brokers.Add(broker);
        return broker;
    }

    // Half a second passes whenever the brokers have had a chance to act on the last one.
    private async Task UntilAsync(Broker observer, TopicInfo topic, Func<IReadOnlyList<PartitionInfo>, bool> holds)
    {
        for (var rounds = 0; !holds(await observer.DescribePartitionsAsync(topic, Token)); rounds++)
        {
            Assert.True(rounds < 2_000, "The leases did not come to what was expected within 1,000 seconds of the tests' time.");
            _time.Advance(TimeSpan.FromMilliseconds(500));
            for (var i = 0; i < 20; i++)
                await Task.Yield();
        }
    }
}

using System.Diagnostics.Metrics;
using CloudStream.Cluster;
using CloudStream.Cluster.Settings;
using CloudStream.Cluster.Topics;
using CloudStream.Engine.Tests.Shards;
using CloudStream.Log.Calls;
using CloudStream.Log.Runtime;
using CloudStream.Storage.Memory;
using Microsoft.Extensions.Logging.Abstractions;

namespace CloudStream.Engine.Tests.Cluster;

/// <summary>Who holds which shard as brokers come, leave and die. Time passes only as the tests say.</summary>
public sealed class LeaseTests : IAsyncDisposable
{
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
            Assert.Equal(ErrorCode.None, (await first.AppendAsync(new TopicPartition("t", i), ShardCluster.Batch("kept"), new AppendOptions(), Token)).Error);
        await first.DisposeAsync(); // Without a drain: nobody is told.

        var second = await StartAsync();
        Assert.Equal(1, second.BrokerId); // The dead one's id is not free before a lease has passed.
        await UntilAsync(second, topic, p => p.All(s => s.Leader == 1));

        Assert.All(await second.DescribePartitionsAsync(topic, Token), p => Assert.Equal((2, 1L), (p.LeaderEpoch, p.HighWatermark)));
    }

    [Fact]
    public async Task A_broker_takes_appends_for_shards_that_another_one_holds()
    {
        var (first, second) = (await StartAsync(), await StartAsync());
        var topic = (await first.CreateTopicAsync("t", 4, Empty, Token)).Topic!;
        await UntilAsync(first, topic, p => p.All(s => s.Leader >= 0));

        for (var i = 0; i < 4; i++)
        {
            Assert.Equal(0, (await first.AppendAsync(new TopicPartition("t", i), ShardCluster.Batch("a"), new AppendOptions(), Token)).BaseOffset);
            Assert.Equal(1, (await second.AppendAsync(new TopicPartition("t", i), ShardCluster.Batch("b"), new AppendOptions(), Token)).BaseOffset);
        }
    }

    private static Dictionary<string, string> Empty => [];

    private async Task<Broker> StartAsync()
    {
        var options = new BrokerOptions { FlushInterval = TimeSpan.Zero };
        options.Settings["log.retention.ms"] = "-1";
        var runtime = new BrokerRuntime(_time, new RandomSource(_brokers.Count + 1), NullLoggerFactory.Instance, _meter);
        var broker = await Broker.StartAsync(_stores, options, runtime, Token);
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

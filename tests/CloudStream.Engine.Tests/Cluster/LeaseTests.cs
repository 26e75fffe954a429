using System.Diagnostics.Metrics;
using CloudStream.Cluster;
using CloudStream.Cluster.Brokers;
using CloudStream.Cluster.Settings;
using CloudStream.Cluster.Topics;
using CloudStream.Engine.Tests.Shards;
using CloudStream.Log.Calls;
using CloudStream.Log.Journal;
using CloudStream.Log.Options;
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
        await StartAsync();

        await UntilAsync(h => h.All(s => s.Holder == 0));

        Assert.All(await HoldersAsync(), s => Assert.Equal(1, s.Epoch));
    }

    [Fact]
    public async Task A_second_broker_is_handed_its_share_and_gives_it_back_when_it_leaves()
    {
        await StartAsync();
        await UntilAsync(h => h.All(s => s.Holder == 0));
        var second = await StartAsync();
        await UntilAsync(h => h.Any(s => s.Holder == 1) && h.All(s => s.Holder >= 0));

        await second.DrainAsync(Token);

        await UntilAsync(h => h.All(s => s.Holder == 0));
        Assert.Contains(await HoldersAsync(), s => s.Epoch >= 3);
    }

    [Fact]
    public async Task The_shards_of_a_dead_broker_are_taken_after_a_lease_and_everything_that_it_acknowledged_is_there()
    {
        var first = await StartAsync();
        var topic = (await first.CreateTopicAsync("t", 4, Empty, Token)).Topic!;
        await UntilAsync(h => h.All(s => s.Holder == 0));
        for (var i = 0; i < 4; i++)
            Assert.Equal(ErrorCode.None,
                (await first.AppendAsync(new TopicPartition("t", i), ShardCluster.Batch("kept"), new AppendOptions(), Token)).Error);
        await first.DisposeAsync(); // Without a drain: nobody is told.

        var second = await StartAsync();
        Assert.Equal(1, second.BrokerId); // The dead one's id is not free before a lease has passed.
        await UntilAsync(h => h.All(s => s == (1, 2)));

        Assert.All(await second.DescribePartitionsAsync(topic, Token),
            p => Assert.Equal((1, 0, 1L), (p.Leader, p.LeaderEpoch, p.HighWatermark)));
    }

    [Fact]
    public async Task The_shards_of_a_broker_that_is_proven_dead_are_taken_at_once_by_its_next_start_under_its_id()
    {
        var deaths = new Deaths();
        var process = deaths.Start();
        var first = await StartAsync(process);
        await UntilAsync(h => h.All(s => s == (0, 1)));
        await first.DisposeAsync();
        deaths.Kill(process);
        var killedAt = _time.GetTimestamp();

        var second = await StartAsync(deaths.Start());
        await UntilAsync(h => h.All(s => s == (0, 2)));

        Assert.Single(second.LiveBrokers);
        Assert.InRange(_time.GetElapsedTime(killedAt), TimeSpan.Zero, s_longLease / 2);
    }

    [Fact]
    public async Task The_shards_of_a_broker_that_is_proven_dead_are_taken_within_a_heartbeat_by_the_survivor()
    {
        var deaths = new Deaths();
        var (killed, survivor) = (deaths.Start(), deaths.Start());
        var (first, second) = (await StartAsync(killed), await StartAsync(survivor));
        var topic = (await first.CreateTopicAsync("t", 64, Empty, Token)).Topic!;
        await UntilAsync(h => h.Any(s => s.Holder == 0) && h.Any(s => s.Holder == 1) && h.All(s => s.Holder >= 0));
        await first.DisposeAsync();
        deaths.Kill(killed);
        var killedAt = _time.GetTimestamp();

        await UntilAsync(h => h.All(s => s.Holder == 1));

        Assert.All(await second.DescribePartitionsAsync(topic, Token), p => Assert.Equal((1, 0), (p.Leader, p.LeaderEpoch)));
        Assert.InRange(_time.GetElapsedTime(killedAt), TimeSpan.Zero, s_longLease / 2);
    }

    [Fact]
    public async Task Brokers_agree_who_leads_whoever_holds_the_leases_and_one_that_leaves_moves_only_its_own_partitions()
    {
        var (first, second, third) = (await StartAsync(), await StartAsync(), await StartAsync());
        var topic = (await first.CreateTopicAsync("t", 64, Empty, Token)).Topic!;
        await UntilAsync(h => h.All(s => s.Holder >= 0) && first.LiveBrokers.Count == 3 && second.LiveBrokers.Count == 3);
        var before = await LeadersAsync(first, topic);
        Assert.Equal([0, 1, 2], before.Distinct().Order());
        Assert.Equal(before, await LeadersAsync(second, topic));
        Assert.Equal(before, await LeadersAsync(third, topic));

        await third.DrainAsync(Token);
        await UntilAsync(h => h.All(s => s.Holder is 0 or 1) && first.LiveBrokers.Count == 2 && second.LiveBrokers.Count == 2);

        var after = await LeadersAsync(first, topic);
        Assert.Equal([0, 1], after.Distinct().Order());
        Assert.Equal(after, await LeadersAsync(second, topic));
        Assert.All(before.Zip(after).Where(p => p.First != 2), p => Assert.Equal(p.First, p.Second));
    }

    [Fact]
    public async Task A_broker_takes_appends_for_shards_that_another_one_holds()
    {
        var (first, second) = (await StartAsync(), await StartAsync());
        await first.CreateTopicAsync("t", 4, Empty, Token);
        await UntilAsync(h => h.All(s => s.Holder >= 0));

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

    private static async Task<List<int>> LeadersAsync(Broker broker, TopicInfo topic)
    {
        var partitions = await broker.DescribePartitionsAsync(topic, Token);
        Assert.All(partitions, p => Assert.Equal(0, p.LeaderEpoch));
        return [.. partitions.Select(p => p.Leader)];
    }

    // Who holds each shard, and under which epoch, as the registers say.
    private async Task<List<(int Holder, int Epoch)>> HoldersAsync()
    {
        var newest = new SortedDictionary<int, JournalSlot>();
        await foreach (var register in _stores.Metadata.ListAsync(JournalRing.Prefix, Token))
        {
            var commit = JournalSlot.Decode(register);
            Assert.True(JournalRing.TryParse(register.Key, out _, out var shard, out _));
            if (!newest.TryGetValue(shard, out var known) || known.Version < commit.Version)
                newest[shard] = commit;
        }

        var shards = new BrokerOptions().Shards;
        return [.. Enumerable.Range(0, shards).Select(
            n => newest.TryGetValue(n, out var slot) ? (BrokerRegistry.IdOf(slot.Head.Holder), slot.Head.Epoch) : (-1, 0))];
    }

    // Half a second passes whenever the brokers have had a chance to act on the last one.
    private async Task UntilAsync(Func<List<(int Holder, int Epoch)>, bool> holds)
    {
        for (var rounds = 0; !holds(await HoldersAsync()); rounds++)
        {
            Assert.True(rounds < 2_000, "The leases did not come to what was expected within 1,000 seconds of the tests' time.");
            _time.Advance(TimeSpan.FromMilliseconds(500));
            for (var i = 0; i < 20; i++)
                await Task.Yield();
        }
    }
}

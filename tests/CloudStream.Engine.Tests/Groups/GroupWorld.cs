using CloudStream.Cluster.Groups;
using CloudStream.Cluster.Groups.Assignment;
using CloudStream.Cluster.Settings;
using CloudStream.Cluster.Topics;
using CloudStream.Engine.Tests.Cluster;
using CloudStream.Engine.Tests.Fetch;
using CloudStream.Engine.Tests.Topics;
using CloudStream.Log.Calls;
using CloudStream.Log.Groups;
using CloudStream.Log.Journal;
using CloudStream.Log.Runtime;
using CloudStream.Log.State;
using CloudStream.Storage.Memory;

namespace CloudStream.Engine.Tests.Groups;

/// <summary>
/// Brokers that coordinate groups over a shared coordinator shard, in virtual time and on one thread: whatever can happen has happened when
/// <see cref="IdleAsync"/> is over.
/// </summary>
internal sealed class GroupWorld
{
    private readonly TopicCluster _cluster = new();
    private readonly List<GroupBroker> _brokers = [];
    private readonly MemoryObjectStore _objects = new();

    public static CancellationToken Token => TestContext.Current.CancellationToken;

    public ManualTime Time => _cluster.Time;

    public Dictionary<string, string> Settings { get; } = new() { ["group.initial.rebalance.delay.ms"] = "0" };

    /// <summary>Runs a test with a world of its own, with topics "t" (4 partitions) and "u" (1).</summary>
    public static void Run(Func<GroupWorld, Task> test) => Pump.Run(async () =>
    {
        var world = new GroupWorld();
        await world.CreateTopicAsync("t", 4);
        await world.CreateTopicAsync("u", 1);
        await test(world);
        foreach (var broker in world._brokers)
            await broker.DisposeAsync();
    });

    /// <summary>A broker that takes the lease of the coordinator shard until it holds it under an epoch; 0: it does not.</summary>
    public async Task<GroupBroker> NewBrokerAsync(int epoch = 1, bool holdsLeases = true)
    {
        var options = new BrokerOptions { FlushInterval = FlushInterval };
        foreach (var (name, value) in Settings)
            Assert.True(BrokerSettings.TryApply(options, name, value, out var error), error);
        var broker = new GroupBroker(_cluster, _objects, _brokers.Count, options, holdsLeases);
        _brokers.Add(broker);
        await broker.OpenAsync(epoch);
        return broker;
    }

    /// <summary>The brokers' flush interval, from which the spacing of groups' commits follows.</summary>
    public TimeSpan FlushInterval { get; set; }

    /// <summary>Nothing is left to do without time passing or somebody acting.</summary>
    public static Task IdleAsync() => Pump.IdleAsync();

    /// <summary>Lets time pass, half a second at a time, so that everything happens in its order.</summary>
    public async Task PassAsync(TimeSpan by)
    {
        await Pump.IdleAsync();
        for (var passed = TimeSpan.Zero; passed < by;)
        {
            var step = by - passed < TimeSpan.FromMilliseconds(500) ? by - passed : TimeSpan.FromMilliseconds(500);
            _cluster.Time.Advance(step);
            passed += step;
            await Pump.IdleAsync();
        }
    }

    /// <summary>Lets time pass in seconds.</summary>
    public Task PassAsync(double seconds) => PassAsync(TimeSpan.FromSeconds(seconds));

    /// <summary>What is committed of a group, for one who knows nothing; null for nothing.</summary>
    public async Task<StoredGroup?> GroupAsync(string group = "g") => (await StateAsync()).Groups.GetValueOrDefault(group);

    /// <summary>The coordinator shard's state, for one who knows nothing.</summary>
    public async Task<ShardState> StateAsync()
    {
        var journal = new ShardJournal(GroupBroker.ShardNumber, GroupBroker.Ring, new BrokerStores(_objects, _cluster.Store),
            FaultPoints.Runtime(Time));
        await journal.ReadAsync(Token);
        return journal.State;
    }

    /// <summary>Creates a topic.</summary>
    public async Task CreateTopicAsync(string name, int partitions) => Assert.Equal(
        ErrorCode.None, (await _cluster.NewCatalog().CreateAsync(name, partitions, new Dictionary<string, string>(), Token)).Error);

    /// <summary>Deletes a topic.</summary>
    public async Task DeleteTopicAsync(string name) =>
        Assert.Equal(ErrorCode.None, (await _cluster.NewCatalog().DeleteAsync(name, Token)).Error);

    /// <summary>What a consumer of these topics says.</summary>
    public static ReadOnlyMemory<byte> Subscription(params string[] topics) => new ConsumerSubscription { Topics = topics }.Write();

    public static JoinGroupRequest Join(string memberId = "", string? instance = null, string topic = "t", string protocol = "range",
        int sessionSeconds = 10, int rebalanceSeconds = 60) => new()
        {
            GroupId = "g",
            MemberId = memberId,
            GroupInstanceId = instance,
            ClientId = "client",
            ClientHost = "/1.2.3.4",
            SessionTimeout = TimeSpan.FromSeconds(sessionSeconds),
            RebalanceTimeout = TimeSpan.FromSeconds(rebalanceSeconds),
            ProtocolType = "consumer",
            Protocols = [new GroupProtocol(protocol, Subscription(topic))],
        };

    public static CommitOffsetsRequest Commit(
        long offset, string memberId = "", int generation = -1, string? instance = null, int partition = 0) => new()
        {
            GroupId = "g",
            MemberId = memberId,
            GenerationId = generation,
            GroupInstanceId = instance,
            Offsets = [new OffsetCommit(new TopicPartition("t", partition), offset)],
        };
}

using CloudStream.Cluster.Groups;
using CloudStream.Cluster.Groups.Assignment;
using CloudStream.Cluster.Groups.Registers;
using CloudStream.Cluster.Settings;
using CloudStream.Cluster.Topics;
using CloudStream.Engine.Tests.Fetch;
using CloudStream.Engine.Tests.Topics;
using CloudStream.Log.Calls;

namespace CloudStream.Engine.Tests.Groups;

/// <summary>
/// Brokers that coordinate groups over shared registers, in virtual time and on one thread: whatever can happen has happened when
/// <see cref="IdleAsync"/> is over.
/// </summary>
internal sealed class GroupWorld
{
    private readonly TopicCluster _cluster = new();
    private readonly List<GroupBroker> _brokers = [];

    public static CancellationToken Token => TestContext.Current.CancellationToken;

    public ManualTime Time => _cluster.Time;

    public Dictionary<string, string> Settings { get; } = new() { ["group.initial.rebalance.delay.ms"] = "0" };

    /// <summary>Runs a test with a world of its own, with topics "t" (4 partitions) and "u" (1).</summary>
    public static void Run(Func<GroupWorld, Task> test) => Pump.Run(async () =>
    {
        var world = new GroupWorld();
        var catalog = world._cluster.NewCatalog();
        Assert.Equal(ErrorCode.None, (await catalog.CreateAsync("t", 4, new Dictionary<string, string>(), Token)).Error);
        Assert.Equal(ErrorCode.None, (await catalog.CreateAsync("u", 1, new Dictionary<string, string>(), Token)).Error);
        await test(world);
        foreach (var broker in world._brokers)
            await broker.Coordinator.DisposeAsync();
    });

    /// <summary>A broker that coordinates every group under an epoch; 0: none of them.</summary>
    public GroupBroker NewBroker(int epoch = 1, bool holdsLeases = true)
    {
        var options = new BrokerOptions();
        foreach (var (name, value) in Settings)
            Assert.True(BrokerSettings.TryApply(options, name, value, out var error), error);
        var broker = new GroupBroker(_cluster, _brokers.Count, options, holdsLeases);
        broker.Hold(epoch);
        _brokers.Add(broker);
        return broker;
    }

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

    /// <summary>What the register of a group holds; null for none.</summary>
    public async Task<GroupRegister?> RegisterAsync(string group = "g") =>
        await _cluster.Store.GetAsync(GroupKeys.KeyOf(group)!, Token) is { } register
            ? GroupRegisterCodec.Decode(register.Value, register.Key)
            : null;

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

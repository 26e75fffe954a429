using CloudStream.Cluster.Brokers;
using CloudStream.Cluster.Settings;
using CloudStream.Storage.Memory;

namespace CloudStream.Engine.Tests.Cluster;

public sealed class BrokerRegistryTests
{
    private static readonly TimeSpan s_lease = TimeSpan.FromSeconds(9);
    private static readonly TimeSpan s_beat = TimeSpan.FromSeconds(3);
    private readonly ManualTime _time = new();
    private readonly MemoryMetadataStore _shared = new();
    private int _seed;

    [Fact]
    public async Task BrokersTakeTheLowestFreeIdsAndSeeEachOther()
    {
        var (a, b) = (await JoinAsync(), await JoinAsync());
        Assert.Equal((0, 1), (a.BrokerId, b.BrokerId));
        await a.TickAsync(CancellationToken.None);
        Assert.Equal([0, 1], a.LiveBrokers.Select(l => l.Id));
        Assert.Equal([0, 1], b.LiveBrokers.Select(l => l.Id));
        Assert.Equal("here:1", b.LiveBrokers[0].Endpoints["http"]);
        Assert.Equal(b.Incarnation, a.LiveBrokers[1].Incarnation);
    }

    [Fact]
    public async Task AnIncarnationTellsItsBroker()
    {
        await JoinAsync();
        var b = await JoinAsync();
        Assert.Equal(1, BrokerRegistry.IdOf(b.Incarnation));
        Assert.Equal(-1, BrokerRegistry.IdOf(null));
        Assert.Equal(-1, BrokerRegistry.IdOf("nobody"));
    }

    [Fact]
    public async Task TheIdOfABrokerThatLeftIsFreeAtOnce()
    {
        var (a, b) = (await JoinAsync(), await JoinAsync());
        await a.LeaveAsync(CancellationToken.None);
        await b.TickAsync(CancellationToken.None);
        Assert.Equal([1], b.LiveBrokers.Select(l => l.Id));
        Assert.Equal(0, (await JoinAsync()).BrokerId);
    }

    [Fact]
    public async Task ACrashedBrokerDoesNotDelayTheNextStart()
    {
        await JoinAsync(); // and never heard of again
        var began = _time.GetTimestamp();
        Assert.Equal(1, (await JoinAsync()).BrokerId);
        Assert.Equal(TimeSpan.Zero, _time.GetElapsedTime(began));
    }

    [Fact]
    public async Task ASilentBrokerIsDeadAfterALeaseAndForgottenAfterThree()
    {
        var (_, b) = (await JoinAsync(), await JoinAsync());
        await TickAsync(2, b);
        Assert.Equal([0, 1], b.LiveBrokers.Select(l => l.Id));
        await TickAsync(1, b);
        Assert.Equal([1], b.LiveBrokers.Select(l => l.Id));
        Assert.NotNull(await _shared.GetAsync("brokers/0", CancellationToken.None));
        await TickAsync(6, b);
        Assert.Null(await _shared.GetAsync("brokers/0", CancellationToken.None));
    }

    [Fact]
    public async Task ABrokerThatBeatsLivesWhateverItsWallClockSays()
    {
        var (a, b) = (await JoinAsync(), await JoinAsync());
        for (var i = 0; i < 20; i++)
        {
            _time.SetWall(-TimeSpan.FromDays(i));
            await TickAsync(1, a, b);
            Assert.Equal([0, 1], a.LiveBrokers.Select(l => l.Id));
            Assert.True(a.IsFresh);
        }
    }

    [Fact]
    public async Task ABrokerIsFreshForLessThanALeaseAfterItsBeat()
    {
        var a = await JoinAsync();
        _time.Advance(TimeSpan.FromSeconds(8));
        Assert.True(a.IsFresh);
        _time.Advance(TimeSpan.FromSeconds(0.2));
        Assert.False(a.IsFresh);
        await a.TickAsync(CancellationToken.None);
        Assert.True(a.IsFresh);
    }

    [Fact]
    public async Task AnOutageThatOutlastsTheLeaseKillsNobody()
    {
        var (a, b) = (await JoinAsync(), await JoinAsync());
        _time.Advance(10 * s_lease); // Nobody could beat, nobody could look.
        await b.TickAsync(CancellationToken.None);
        Assert.Equal([0, 1], b.LiveBrokers.Select(l => l.Id));
        await TickAsync(1, a, b);
        Assert.Equal([0, 1], b.LiveBrokers.Select(l => l.Id));
    }

    [Fact]
    public async Task AConfiguredIdIsTakenOverFromADeadBrokerAfterALease()
    {
        await JoinAsync(id: 5);
        var began = _time.GetTimestamp();
        var b = await JoinAsync(id: 5);
        Assert.Equal(5, b.BrokerId);
        Assert.InRange(_time.GetElapsedTime(began), s_lease, 2 * s_lease);
    }

    [Fact]
    public async Task AConfiguredIdOfALivingBrokerIsRefused()
    {
        var a = await JoinAsync(id: 5);
        using var stop = new CancellationTokenSource();
        var beating = BeatAsync(a, stop.Token);
        var failure = await Assert.ThrowsAsync<InvalidOperationException>(() => JoinAsync(id: 5));
        Assert.Equal("Broker id 5 belongs to a broker that is alive; choose another, or -1 for a free one.", failure.Message);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => beating);
    }

    [Fact]
    public async Task ABrokerWhoseIdWasTakenStepsDown()
    {
        var a = await JoinAsync(id: 5);
        await JoinAsync(id: 5);
        Assert.False(a.Deposed.IsCancellationRequested);
        await a.TickAsync(CancellationToken.None);
        Assert.True(a.Deposed.IsCancellationRequested);
        Assert.False(a.IsFresh);
    }

    [Fact]
    public async Task ABrokerThatWasForgottenAndNotReplacedComesBackAsItself()
    {
        var (a, b) = (await JoinAsync(), await JoinAsync());
        await TickAsync(10, b);
        await a.TickAsync(CancellationToken.None);
        await b.TickAsync(CancellationToken.None);
        Assert.False(a.Deposed.IsCancellationRequested);
        Assert.Equal([a.Incarnation, b.Incarnation], b.LiveBrokers.Select(l => l.Incarnation));
    }

    [Theory]
    [InlineData(Fault.LostReply)]
    [InlineData(Fault.LostRequest)]
    [InlineData(Fault.Throttled)]
    public async Task ABeatSurvivesAFaultOnAnyCall(object fault)
    {
        for (var at = 0; at < 3; at++)
        {
            var store = new FaultPoints(new MemoryMetadataStore());
            using var a = New(store, -1);
            await _time.RunAsync(a.JoinAsync(CancellationToken.None));
            var first = store.Calls;
            store.Plan = n => n == first + at ? (Fault)fault : Fault.None;
            for (var tick = 0; tick < 3; tick++)
                await _time.RunAsync(a.TickAsync(CancellationToken.None));
            Assert.False(a.Deposed.IsCancellationRequested);
            Assert.Equal([a.Incarnation], a.LiveBrokers.Select(l => l.Incarnation));
        }
    }

    [Theory]
    [InlineData(Fault.LostReply)]
    [InlineData(Fault.LostRequest)]
    [InlineData(Fault.Throttled)]
    public async Task JoiningSurvivesAFaultOnAnyCallWithoutLosingItsId(object fault)
    {
        for (var at = 0; at < 4; at++)
        {
            using var a = New(new FaultPoints(new MemoryMetadataStore()) { Plan = n => n == at ? (Fault)fault : Fault.None }, -1);
            await _time.RunAsync(a.JoinAsync(CancellationToken.None));
            Assert.Equal(0, a.BrokerId);
        }
    }

    private BrokerRegistry New(FaultPoints store, int id)
    {
        var runtime = FaultPoints.Runtime(_time, ++_seed);
        return new BrokerRegistry(store.Settled(runtime),
            new BrokerOptions { BrokerId = id, Lease = s_lease, Endpoints = { ["http"] = $"here:{_seed}" } }, runtime);
    }

    private async Task<BrokerRegistry> JoinAsync(int id = -1)
    {
        var registry = New(new FaultPoints(_shared), id);
        await _time.RunAsync(registry.JoinAsync(CancellationToken.None));
        return registry;
    }

    private async Task TickAsync(int times, params BrokerRegistry[] registries)
    {
        for (var i = 0; i < times; i++)
        {
            _time.Advance(s_beat);
            foreach (var registry in registries)
                await registry.TickAsync(CancellationToken.None);
        }
    }

    private async Task BeatAsync(BrokerRegistry registry, CancellationToken stop)
    {
        while (true)
        {
            await registry.TickAsync(stop);
            await Task.Delay(s_beat, _time, stop);
        }
    }
}

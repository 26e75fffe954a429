using CloudStream.Cluster.Brokers;
using CloudStream.Cluster.Settings;
using CloudStream.Storage.Memory;
using CloudStream.Storage.Presence;

namespace CloudStream.Engine.Tests.Cluster;

/// <summary>Brokers whose deaths can be proven: nobody waits for their silence, so no time passes here unless a test says so.</summary>
public sealed class ProvenDeathTests
{
    private static readonly TimeSpan s_lease = TimeSpan.FromSeconds(9);
    private readonly ManualTime _time = new();
    private readonly MemoryMetadataStore _shared = new();
    private readonly Deaths _deaths = new();
    private int _seed;

    [Fact]
    public async Task ARestartAfterAKillTakesItsIdAtOnceAndIsListedAlone()
    {
        var (process, _) = await JoinAsync("here:1");
        _deaths.Kill(process);

        var (_, again) = await JoinAsync("here:1");

        Assert.Equal(0, again.BrokerId);
        Assert.Equal([again.Incarnation], again.LiveBrokers.Select(l => l.Incarnation));
    }

    [Fact]
    public async Task ManyKillsInARowKeepTheId()
    {
        for (var i = 0; i < 20; i++)
        {
            var (process, broker) = await JoinAsync("here:1");
            Assert.Equal(0, broker.BrokerId);
            Assert.Single(broker.LiveBrokers);
            _deaths.Kill(process);
        }
    }

    [Fact]
    public async Task EachOfSeveralRestartsTakesTheIdThatItsAddressHad()
    {
        var (first, _) = await JoinAsync("here:1");
        var (second, _) = await JoinAsync("here:2");
        var (third, _) = await JoinAsync("here:3");
        _deaths.Kill(first);
        _deaths.Kill(second);
        _deaths.Kill(third);
        Assert.Equal(2, (await JoinAsync("here:3")).Broker.BrokerId);
        Assert.Equal(1, (await JoinAsync("here:2")).Broker.BrokerId);
        Assert.Equal(0, (await JoinAsync("here:1")).Broker.BrokerId);
    }

    [Fact]
    public async Task ARestartAfterACleanStopTakesTheIdThatItsAddressHad()
    {
        var (_, first) = await JoinAsync("here:1");
        var (_, second) = await JoinAsync("here:2");
        await first.LeaveAsync(CancellationToken.None);
        await second.LeaveAsync(CancellationToken.None);
        Assert.Equal(1, (await JoinAsync("here:2")).Broker.BrokerId);
    }

    [Fact]
    public async Task AConfiguredIdOfADeadBrokerIsTakenAtOnce()
    {
        var (process, _) = await JoinAsync("here:1", id: 5);
        _deaths.Kill(process);
        Assert.Equal(5, (await JoinAsync("there:1", id: 5)).Broker.BrokerId);
    }

    [Fact]
    public async Task ASurvivorSeesADeathAtItsNextLook()
    {
        var (process, _) = await JoinAsync("here:1");
        var (_, survivor) = await JoinAsync("here:2");
        await survivor.LookAsync(CancellationToken.None);
        Assert.Equal([0, 1], survivor.LiveBrokers.Select(l => l.Id));

        _deaths.Kill(process);
        await survivor.LookAsync(CancellationToken.None);

        Assert.Equal([1], survivor.LiveBrokers.Select(l => l.Id));
    }

    [Fact]
    public async Task ABrokerWithoutAProofIsWaitedFor()
    {
        var (_, silent) = await JoinAsync("here:1", hasProof: false);
        var (_, second) = await JoinAsync("here:2");
        Assert.Equal(1, second.BrokerId);
        Assert.Equal([0, 1], second.LiveBrokers.Select(l => l.Id));
        Assert.Null(BrokerRegistry.InstanceOf(silent.Incarnation));
    }

    [Fact]
    public async Task WhoeverIsWronglyTakenForDeadLivesAgainWithItsNextBeat()
    {
        var (process, first) = await JoinAsync("here:1");
        var (_, second) = await JoinAsync("here:2");
        _deaths.Kill(process);
        await second.LookAsync(CancellationToken.None);
        Assert.Equal([1], second.LiveBrokers.Select(l => l.Id));

        _deaths.Raise(process);
        await first.TickAsync(CancellationToken.None);
        await second.LookAsync(CancellationToken.None);

        Assert.Equal([0, 1], second.LiveBrokers.Select(l => l.Id));
        Assert.False(first.Deposed.IsCancellationRequested);
    }

    [Fact]
    public async Task WhoIsAliveAfterAllAndLostItsIdStepsDown()
    {
        var (process, first) = await JoinAsync("here:1");
        _deaths.Kill(process);
        await JoinAsync("here:1");
        await first.TickAsync(CancellationToken.None);
        Assert.True(first.Deposed.IsCancellationRequested);
    }

    [Fact]
    public async Task WhatTheDeadLeftIsForgottenOnceNoRegisterNamesItAndNotBefore()
    {
        var (first, _) = await JoinAsync("here:1");
        var neverJoined = _deaths.Start();
        var joinsLater = _deaths.Start();
        var (observer, second) = await JoinAsync("here:2");
        _deaths.Kill(first);
        _deaths.Kill(neverJoined);

        await second.LookAsync(CancellationToken.None);
        Assert.Equal([first.Instance, joinsLater.Instance, observer.Instance], _deaths.Instances.Order());

        var (again, _) = await JoinAsync("here:1"); // The register names another start from here on.
        Assert.Equal([joinsLater.Instance, observer.Instance, again.Instance], _deaths.Instances.Order());
    }

    [Fact]
    public async Task WhoLeavesLeavesNothingToBeForgotten()
    {
        var (_, broker) = await JoinAsync("here:1");
        await broker.LeaveAsync(CancellationToken.None);
        Assert.Empty(_deaths.Instances);
    }

    [Fact]
    public async Task AnIncarnationNamesItsProcess()
    {
        var (process, broker) = await JoinAsync("here:1");
        Assert.Equal(process.Instance, BrokerRegistry.InstanceOf(broker.Incarnation));
        Assert.Equal(0, BrokerRegistry.IdOf(broker.Incarnation));
        Assert.StartsWith("0.", broker.Incarnation, StringComparison.Ordinal);
    }

    private async Task<(IDeathProof Process, BrokerRegistry Broker)> JoinAsync(string address, int id = -1, bool hasProof = true)
    {
        var runtime = FaultPoints.Runtime(_time, ++_seed);
        var process = _deaths.Start();
        var options = new BrokerOptions { BrokerId = id, Lease = s_lease, Endpoints = { ["http"] = address } };
        var registry = new BrokerRegistry(new FaultPoints(_shared).Settled(runtime), options, runtime, hasProof ? process : null);
        var began = _time.GetTimestamp();
        await _time.RunAsync(registry.JoinAsync(CancellationToken.None));
        Assert.Equal(TimeSpan.Zero, _time.GetElapsedTime(began));
        return (process, registry);
    }
}

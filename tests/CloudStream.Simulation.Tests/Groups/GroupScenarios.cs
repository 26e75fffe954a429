using CloudStream.Cluster.Settings;
using CloudStream.Simulation.Tests.Scenarios;
using CloudStream.Simulation.Tests.Stores;

namespace CloudStream.Simulation.Tests.Groups;

/// <summary>Scenarios with consumer groups.</summary>
internal static class GroupScenarios
{
    private static readonly FaultRates s_lossy = new()
    {
        Fail = 0.02,
        LostReply = 0.05,
        LostRequest = 0.02,
        Delayed = 0.02,
        Slow = 0.02,
        StaleList = 0.3
    };

    private static readonly Scenario s_common = new()
    {
        Name = "",
        Shards = 2,
        Partitions = 4,
        Leaseless = 1,
        PlainProducers = 1,
        IdempotentProducers = 1,
        ConditionalProducers = 0,
        Consumers = 0,
        MaxThink = TimeSpan.FromSeconds(1.5),
        Faulty = TimeSpan.FromSeconds(60),
        Calm = TimeSpan.FromSeconds(1),
        Objects = s_lossy,
        Metadata = s_lossy,
        Groups = new(),
        Configure = Configure,
    };

    public static IReadOnlyList<Scenario> All { get; } =
    [
        s_common with { Name = "groups" },
        s_common with
        {
            Name = "coordinators",
            Chaos = new() { Crashes = 3, Pauses = 4, Drains = 2, MaxPause = TimeSpan.FromSeconds(15) },
            Groups = new() { Crashes = 1, Pauses = 2, Leaves = 1, Guests = 1 },
        },
        s_common with
        {
            Name = "group-storm",
            Metadata = s_lossy with { LostReply = 0.12, LostRequest = 0.05, Delayed = 0.1, Fail = 0.06 },
            Chaos = new() { Crashes = 3, Pauses = 3, Outages = 2, Throttlings = 2, ClockJumps = 3, MaxPause = TimeSpan.FromSeconds(15) },
            Groups = new() { Dynamic = 3, Static = 2, Simple = 2, Crashes = 6, Pauses = 6, Leaves = 3, Guests = 3 },
        },
        s_common with
        {
            Name = "cooperative",
            Partitions = 7,
            Chaos = new() { Crashes = 2, Pauses = 2, Drains = 1, MaxPause = TimeSpan.FromSeconds(15) },
            Groups = new() { Dynamic = 3, Static = 1, Cooperative = true, Crashes = 3, Pauses = 4, Leaves = 3, Guests = 3 },
        },
    ];

    private static void Configure(BrokerOptions options)
    {
        options.Settings["group.initial.rebalance.delay.ms"] = "500";
        options.Settings["group.min.session.timeout.ms"] = "1000";
    }
}

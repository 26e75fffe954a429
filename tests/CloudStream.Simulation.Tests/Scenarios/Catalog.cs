using CloudStream.Simulation.Tests.Groups;
using CloudStream.Simulation.Tests.Stores;

namespace CloudStream.Simulation.Tests.Scenarios;

/// <summary>The scenarios, by name.</summary>
internal static class Catalog
{
    private static readonly FaultRates s_lossy = new()
    {
        Fail = 0.02,
        LostReply = 0.03,
        LostRequest = 0.01,
        Delayed = 0.01,
        Slow = 0.02,
        StaleList = 0.3
    };

    public static IReadOnlyList<Scenario> All { get; } =
    [
        new() { Name = "calm", Faulty = TimeSpan.FromSeconds(15) },
        new() { Name = "lossy", Leaseless = 1, Objects = s_lossy, Metadata = s_lossy },
        new()
        {
            Name = "crashes",
            Holders = 3,
            Leaseless = 1,
            Objects = s_lossy,
            Metadata = s_lossy,
            Trims = true,
            Chaos = new() { Crashes = 8, Drains = 2, ClockJumps = 4 },
        },
        new()
        {
            Name = "zombies",
            Holders = 2,
            Leaseless = 1,
            Objects = s_lossy with { Latency = TimeSpan.FromMilliseconds(15) },
            Metadata = s_lossy,
            Faulty = TimeSpan.FromSeconds(60),
            Chaos = new() { Pauses = 8, Crashes = 1, MaxPause = TimeSpan.FromSeconds(30) },
            Trims = true,
        },
        new()
        {
            Name = "outages",
            Holders = 2,
            Leaseless = 1,
            Objects = s_lossy,
            Metadata = s_lossy,
            Chaos = new() { Outages = 6, Throttlings = 6, Crashes = 2 },
        },
        new()
        {
            Name = "busy",
            Shards = 1,
            Partitions = 2,
            Holders = 2,
            Leaseless = 2,
            PlainProducers = 4,
            IdempotentProducers = 4,
            ConditionalProducers = 2,
            MaxThink = TimeSpan.FromMilliseconds(150),
            Faulty = TimeSpan.FromSeconds(20),
            Metadata = s_lossy,
            Objects = s_lossy,
            Chaos = new() { Pauses = 6, Crashes = 4, MaxPause = TimeSpan.FromSeconds(12), Throttlings = 3 },
            Trims = true,
        },
        new()
        {
            Name = "forgetful",
            Shards = 1,
            Partitions = 2,
            Holders = 2,
            Leaseless = 2,
            PlainProducers = 4,
            IdempotentProducers = 4,
            MaxThink = TimeSpan.FromMilliseconds(100),
            FlushInterval = TimeSpan.FromMilliseconds(10),
            Faulty = TimeSpan.FromSeconds(20),
            Metadata = new() { LostReply = 0.03 },
            Chaos = new() { PauseAfterLostReply = 0.2, MaxPause = TimeSpan.FromSeconds(20) },
        },
        new()
        {
            Name = "wide",
            Shards = 1,
            Partitions = 16,
            Holders = 2,
            PlainProducers = 4,
            IdempotentProducers = 48,
            Consumers = 3,
            MaxThink = TimeSpan.FromMilliseconds(120),
            FlushInterval = TimeSpan.FromMilliseconds(900),
            Faulty = TimeSpan.FromSeconds(15),
            Metadata = s_lossy,
            Objects = s_lossy,
            Topic = new() { ["retention.bytes"] = "4000" },
            Chaos = new() { Pauses = 5, Crashes = 5, MaxPause = TimeSpan.FromSeconds(12) },
            Trims = true,
        },
        new()
        {
            Name = "storm",
            Holders = 2,
            Leaseless = 2,
            Objects = new() { Fail = 0.1, LostReply = 0.1, LostRequest = 0.05, Delayed = 0.1, Slow = 0.1, StaleList = 0.6 },
            Metadata = new()
            {
                Fail = 0.1,
                LostReply = 0.12,
                LostRequest = 0.05,
                Delayed = 0.12,
                Slow = 0.1,
                MaxDelay = TimeSpan.FromSeconds(2)
            },
            Chaos = new() { Pauses = 6, Crashes = 6, Drains = 3, ClockJumps = 6, Outages = 2, Throttlings = 2 },
            Trims = true,
        },
        new()
        {
            Name = "damage",
            Leaseless = 1,
            Objects = s_lossy,
            Metadata = s_lossy,
            Chaos = new() { Crashes = 4, Damages = 20 },
            FlipsAtTheEnd = 12,
        },
        new()
        {
            Name = "losses",
            Leaseless = 1,
            Objects = s_lossy,
            Metadata = s_lossy,
            Faulty = TimeSpan.FromSeconds(60),
            Chaos = new() { Crashes = 4, Pauses = 2, Damages = 20, MaxPause = TimeSpan.FromSeconds(10) },
            AcceptsLosses = true,
            Trims = true,
        },
        new()
        {
            Name = "topics",
            Holders = 2,
            Leaseless = 1,
            PlainProducers = 1,
            Consumers = 1,
            TopicChurners = 3,
            Objects = s_lossy,
            Metadata = s_lossy,
            Chaos = new() { Pauses = 4, Crashes = 4, Outages = 1, Throttlings = 2, MaxPause = TimeSpan.FromSeconds(15) },
            Trims = true,
        },
        .. GroupScenarios.All,
    ];

    public static Scenario Named(string name) => All.FirstOrDefault(s => s.Name == name)
        ?? throw new ArgumentException($"There is no scenario {name}; there are {string.Join(", ", All.Select(s => s.Name))}.");
}

using CloudStream.Simulation.Tests.Scenarios;

namespace CloudStream.Simulation.Tests.Minimising;

/// <summary>One way to make a scenario smaller, under the name that <c>tests/simulate --simplify</c> knows.</summary>
internal sealed record Simplification(string Name, Func<Scenario, Scenario> Apply)
{
    /// <summary>The largest cuts first.</summary>
    public static IReadOnlyList<Simplification> All { get; } =
    [
        new("half-time", s => s.Faulty > TimeSpan.FromSeconds(2) ? s with { Faulty = s.Faulty / 2 } : s),
        new("short-calm", s => s with { Calm = TimeSpan.FromSeconds(1) }),
        new("no-topics", s => s with { TopicChurners = 0 }),
        new("no-groups", s => s with { Groups = null }),
        new("steady-members",
            s => s with { Groups = s.Groups is null ? null : s.Groups with { Crashes = 0, Pauses = 0, Leaves = 0, Guests = 0 } }),
        new("no-trims", s => s with { Trims = false }),
        new("no-conditional", s => s with { ConditionalProducers = 0 }),
        new("no-plain", s => s with { PlainProducers = 0 }),
        new("no-idempotent", s => s with { IdempotentProducers = 0 }),
        new("fewer-idempotent", s => s with { IdempotentProducers = (s.IdempotentProducers + 1) / 2 }),
        new("fewer-plain", s => s with { PlainProducers = (s.PlainProducers + 1) / 2 }),
        new("no-consumers", s => s with { Consumers = 0 }),
        new("one-consumer", s => s with { Consumers = Math.Min(s.Consumers, 1) }),
        new("one-partition", s => s with { Partitions = 1 }),
        new("one-shard", s => s with { Shards = 1 }),
        new("no-leaseless", s => s with { Leaseless = s.Holders > 0 ? 0 : s.Leaseless }),
        new("one-holder", s => s with { Holders = Math.Min(s.Holders, 1) }),
        new("no-crashes", s => s with { Chaos = s.Chaos with { Crashes = 0 } }),
        new("no-pauses", s => s with { Chaos = s.Chaos with { Pauses = 0, PauseAfterLostReply = 0 } }),
        new("no-drains", s => s with { Chaos = s.Chaos with { Drains = 0 } }),
        new("no-outages", s => s with { Chaos = s.Chaos with { Outages = 0, Throttlings = 0 } }),
        new("no-clock-jumps", s => s with { Chaos = s.Chaos with { ClockJumps = 0 } }),
        new("no-damage", s => s with { Chaos = s.Chaos with { Damages = 0 }, FlipsAtTheEnd = 0 }),
        new("no-failures", s => s with { Objects = s.Objects with { Fail = 0 }, Metadata = s.Metadata with { Fail = 0 } }),
        new("no-lost-requests",
            s => s with { Objects = s.Objects with { LostRequest = 0 }, Metadata = s.Metadata with { LostRequest = 0 } }),
        new("no-delays", s => s with { Objects = s.Objects with { Delayed = 0 }, Metadata = s.Metadata with { Delayed = 0 } }),
        new("no-slow-calls", s => s with { Objects = s.Objects with { Slow = 0 }, Metadata = s.Metadata with { Slow = 0 } }),
        new("no-stale-lists", s => s with { Objects = s.Objects with { StaleList = 0 }, Metadata = s.Metadata with { StaleList = 0 } }),
        new("no-lost-replies", s => s with { Objects = s.Objects with { LostReply = 0 }, Metadata = s.Metadata with { LostReply = 0 } }),
    ];

    public static Simplification Named(string name) => All.FirstOrDefault(s => s.Name == name)
        ?? throw new ArgumentException($"There is no simplification {name}; there are {string.Join(", ", All.Select(s => s.Name))}.");
}

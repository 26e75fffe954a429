using CloudStream.Cluster.Settings;
using CloudStream.Simulation.Tests.Groups;
using CloudStream.Simulation.Tests.Stores;

namespace CloudStream.Simulation.Tests.Scenarios;

/// <summary>What a run is made of; the seed draws everything else.</summary>
internal sealed record Scenario
{
    public required string Name { get; init; }

    /// <summary>Brokers that take leases.</summary>
    public int Holders { get; init; } = 2;

    /// <summary>Brokers that do not, like functions.</summary>
    public int Leaseless { get; init; }

    public int Shards { get; init; } = 2;

    /// <summary>The size of the shards' rings; null: drawn.</summary>
    public int? JournalSlots { get; init; }

    public int Partitions { get; init; } = 3;

    public int PlainProducers { get; init; } = 2;

    public int IdempotentProducers { get; init; } = 2;

    public int ConditionalProducers { get; init; } = 1;

    public int Consumers { get; init; } = 2;

    /// <summary>Longest pause between two appends of a producer; most are much shorter.</summary>
    public TimeSpan MaxThink { get; init; } = TimeSpan.FromMilliseconds(800);

    /// <summary>Virtual time with faults.</summary>
    public TimeSpan Faulty { get; init; } = TimeSpan.FromSeconds(40);

    /// <summary>Virtual time without, while clients go on.</summary>
    public TimeSpan Calm { get; init; } = TimeSpan.FromSeconds(5);

    public FaultRates Objects { get; init; } = FaultRates.None;

    public FaultRates Metadata { get; init; } = FaultRates.None;

    /// <summary>Faults of whole processes and stores per minute.</summary>
    public ChaosRates Chaos { get; init; } = new();

    /// <summary>Configuration of the topic.</summary>
    public Dictionary<string, string> Topic { get; init; } = [];

    /// <summary>Whether somebody deletes records now and then.</summary>
    public bool Trims { get; init; }

    /// <summary>Whether an operator gives up what cannot be read.</summary>
    public bool AcceptsLosses { get; init; }

    /// <summary>How many bits are flipped in the end, anywhere in any object, each before a fresh broker reads everything.</summary>
    public int FlipsAtTheEnd { get; init; }

    /// <summary>How many create and delete topics all the time.</summary>
    public int TopicChurners { get; init; }

    /// <summary>The consumer group, if there is one.</summary>
    public GroupRates? Groups { get; init; }

    /// <summary>Flush interval of the brokers.</summary>
    public TimeSpan FlushInterval { get; init; } = TimeSpan.FromMilliseconds(25);

    public Action<BrokerOptions> Configure { get; init; } = static _ => { };
}

/// <summary>How often per minute something befalls a whole process or store.</summary>
internal sealed record ChaosRates
{
    public double Crashes { get; init; }

    public double Pauses { get; init; }

    /// <summary>Probability that a broker pauses right after a commit whose reply was lost.</summary>
    public double PauseAfterLostReply { get; init; }

    public TimeSpan MaxPause { get; init; } = TimeSpan.FromSeconds(25);

    public double Drains { get; init; }

    public double Outages { get; init; }

    public TimeSpan MaxOutage { get; init; } = TimeSpan.FromSeconds(8);

    public double Throttlings { get; init; }

    public double ClockJumps { get; init; }

    /// <summary>Bits flipped at rest.</summary>
    public double Damages { get; init; }
}

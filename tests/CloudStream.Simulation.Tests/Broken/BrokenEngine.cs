using CloudStream.Cluster;
using CloudStream.Cluster.Groups;
using CloudStream.Cluster.Topics;
using CloudStream.Log.Calls;
using CloudStream.Log.Groups;
using CloudStream.Log.Options;
using CloudStream.Log.Runtime;
using CloudStream.Simulation.Tests.Scheduling;

namespace CloudStream.Simulation.Tests.Broken;

/// <summary>An append as a broken engine does it.</summary>
internal delegate ValueTask<AppendResult> BrokenAppend(
    IBroker broker, TopicPartition partition, ReadOnlyMemory<byte> batch, AppendOptions options, CancellationToken cancellationToken);

/// <summary>The engine with a fault put around it, to see that the checker catches it.</summary>
internal sealed record BrokenEngine
{
    public required string Name { get; init; }

    /// <summary>The scenario in which it is caught.</summary>
    public string Scenario { get; init; } = "lossy";

    /// <summary>It is caught within this many seeds.</summary>
    public int Seeds { get; init; } = 5;

    /// <summary>The properties of which one is violated first.</summary>
    public required string[] Violates { get; init; }

    /// <summary>What stands between an engine and its stores.</summary>
    public Func<World, Actor, BrokerStores, BrokerStores>? Stores { get; init; }

    /// <summary>What stands between a client and an engine, inside the engine's process; made once per run.</summary>
    public Func<World, BrokenAppend>? Append { get; init; }

    /// <summary>What stands between the members of groups and an engine, inside the engine's process; made once per run.</summary>
    public Func<World, Func<IBroker, IGroups>>? Groups { get; init; }

    /// <summary>The ring as an engine has it.</summary>
    public Func<JournalRing, JournalRing>? AlterRing { get; init; }

    /// <summary>The rules by which an engine's groups and their state go together; made for each process.</summary>
    public Func<World, GroupRules>? GroupRules { get; init; }

    /// <summary>What runs beside the engines.</summary>
    public Action<World>? Beside { get; init; }
}

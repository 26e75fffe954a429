namespace CloudStream.Simulation.Tests.Groups;

/// <summary>The consumer group of a run, and what befalls its members per minute.</summary>
internal sealed record GroupRates
{
    /// <summary>Members that take a new id each time they start.</summary>
    public int Dynamic { get; init; } = 2;

    /// <summary>Members that keep their place over restarts.</summary>
    public int Static { get; init; } = 1;

    /// <summary>Who commits now and then to a group without members, and tries it with the other one.</summary>
    public int Simple { get; init; } = 1;

    /// <summary>Whether members keep their partitions while they join.</summary>
    public bool Cooperative { get; init; }

    public double Crashes { get; init; } = 4;

    public double Pauses { get; init; } = 4;

    /// <summary>Longer than a session, so that sleepers wake as zombies.</summary>
    public TimeSpan MaxPause { get; init; } = TimeSpan.FromSeconds(20);

    public double Leaves { get; init; } = 2;

    /// <summary>Additional members that stay for a while.</summary>
    public double Guests { get; init; } = 2;
}

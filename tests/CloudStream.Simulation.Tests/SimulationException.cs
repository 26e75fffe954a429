namespace CloudStream.Simulation.Tests;

/// <summary>A property does not hold.</summary>
internal sealed class SimulationException(string property, string detail) : Exception($"{property}: {detail}")
{
    /// <summary>Which property; the names stand in docs/PROOF.md.</summary>
    public string Property => property;
}

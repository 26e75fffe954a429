using CloudStream.Simulation.Tests.Broken;
using CloudStream.Simulation.Tests.Scenarios;
using CloudStream.Simulation.Tests.Scheduling;

namespace CloudStream.Simulation.Tests.Minimising;

/// <summary>The smallest run that was found to violate the same property.</summary>
/// <param name="Switches">The simplifications that lead to it, in order.</param>
/// <param name="Violation">What it violates.</param>
/// <param name="Trace">Everything that happened in it.</param>
/// <param name="Runs">How many runs it took to find.</param>
internal sealed record MinimalRun(IReadOnlyList<string> Switches, ViolationException Violation, Trace Trace, int Runs);

/// <summary>
/// Shrinks a run that violates a property: drops clients, brokers, time and kinds of faults one after another, and keeps what still
/// violates it under the same seed.
/// </summary>
internal static class Minimiser
{
    private const int MaxRuns = 80;

    public static MinimalRun Minimise(Scenario scenario, int seed, ViolationException violation, BrokenEngine? broken = null)
    {
        var (best, switches, runs) = (scenario, new List<string>(), 0);
        bool hasShrunk;
        do
        {
            hasShrunk = false;
            foreach (var simplification in Simplification.All)
            {
                var smaller = simplification.Apply(best);
                if (smaller == best || runs >= MaxRuns)
                    continue;
                runs++;
                if (SeedRun.Violation(smaller, seed, broken) is not { } still || still.Property != violation.Property)
                    continue;
                (best, violation, hasShrunk) = (smaller, still, true);
                switches.Add(simplification.Name);
            }
        }
        while (hasShrunk);

        var trace = new Trace(keepLines: true);
        violation = SeedRun.Violation(best, seed, broken, trace) ?? violation;
        return new MinimalRun(switches, violation, trace, runs);
    }
}

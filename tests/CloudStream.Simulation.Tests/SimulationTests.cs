using CloudStream.Simulation.Tests.Scenarios;
using CloudStream.Simulation.Tests.Scheduling;

namespace CloudStream.Simulation.Tests;

public sealed class SimulationTests
{
    /// <summary>30 seeds of each scenario, on two threads; tests/simulate runs any number.</summary>
    [Fact]
    public void No_seed_violates_a_property()
    {
        var output = new StringWriter();
        var code = SeedRun.RunAll(["--seeds", "1..30"], TextWriter.Synchronized(output));
        Assert.True(code == 0, output.ToString());
    }

    [Theory]
    [InlineData("lossy", 11)]
    [InlineData("zombies", 12)]
    [InlineData("busy", 13)]
    public void The_same_seed_gives_the_same_trace(string scenario, int seed)
    {
        var first = TraceOf(scenario, seed);
        var second = TraceOf(scenario, seed);

        Assert.True(first.Lines.Count > 1000, $"{first.Lines.Count} lines");
        Assert.Equal(first.Lines, second.Lines);
        Assert.Equal(first.Hash, second.Hash);
        Assert.NotEqual(first.Hash, TraceOf(scenario, seed + 1).Hash);
    }

    private static Trace TraceOf(string scenario, int seed)
    {
        var trace = new Trace(keepLines: true);
        Assert.Null(SeedRun.Violation(Catalog.Named(scenario), seed, trace: trace));
        return trace;
    }
}

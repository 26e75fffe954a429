using System.Diagnostics;
using System.Text.RegularExpressions;
using CloudStream.Simulation.Tests.Checking;
using CloudStream.Simulation.Tests.Scenarios;
using Trace = CloudStream.Simulation.Tests.Scheduling.Trace;

namespace CloudStream.Simulation.Tests;

public sealed partial class SimulationTests
{
    /// <summary>14 seeds of each scenario, 224 in all, on two threads; tests/simulate runs any number.</summary>
    [Fact]
    public void No_seed_violates_a_property_and_together_they_reach_every_situation()
    {
        var output = new StringWriter();
        IReadOnlyDictionary<string, long> counts = new Dictionary<string, long>();
        var code = SeedRun.RunAll(["--seeds", "1..14", "--jobs", "2"], TextWriter.Synchronized(output), all => counts = all);
        Assert.True(code == 0, output.ToString());
        Assert.Equal([], Coverage.Situations.Where(s => !counts.ContainsKey(s.Counter)).Select(s => s.Situation));
    }

    /// <summary>
    /// Seeds under which the engine once violated a property (docs/PROOF.md). Schedules have changed since, so each bug also has a direct
    /// test; these stay all the same.
    /// </summary>
    [Theory]
    [InlineData("calm", "3")]
    [InlineData("lossy", "1")]
    [InlineData("zombies", "2,10,20")]
    [InlineData("topics", "4,14,32,40")]
    [InlineData("group-storm", "9,13,15")]
    [InlineData("coordinators", "27,20011,20066")]
    public void A_seed_that_once_found_a_bug_finds_none(string scenario, string seeds)
    {
        foreach (var seed in seeds.Split(',').Select(int.Parse))
            Assert.Null(SeedRun.Violation(Catalog.Named(scenario), seed)?.Message);
    }

    [Theory]
    [InlineData("lossy", 11)]
    [InlineData("zombies", 12)]
    [InlineData("busy", 13)]
    [InlineData("group-storm", 14)]
    public void The_same_seed_gives_the_same_trace(string scenario, int seed)
    {
        var first = TraceOf(scenario, seed);
        var second = TraceOf(scenario, seed);

        Assert.True(first.Lines.Count > 1000, $"{first.Lines.Count} lines");
        Assert.Equal(first.Lines, second.Lines);
        Assert.Equal(first.Hash, second.Hash);
        Assert.NotEqual(first.Hash, TraceOf(scenario, seed + 1).Hash);
    }

    [Fact]
    public void The_same_seeds_give_the_same_traces_in_two_processes()
    {
        var first = HashOfProcess();

        Assert.Matches("^[0-9a-f]{16}$", first);
        Assert.Equal(first, HashOfProcess());
    }

    private static string HashOfProcess()
    {
        var start = new ProcessStartInfo("dotnet") { RedirectStandardOutput = true, UseShellExecute = false };
        foreach (var argument in (string[])[typeof(SimulationTests).Assembly.Location, "simulate", "--seeds", "31..32", "--scenario",
            "storm,topics,wide", "--jobs", "1"])
            start.ArgumentList.Add(argument);
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, output);
        return TracesLine().Match(output).Groups[1].Value;
    }

    [GeneratedRegex("^traces: ([0-9a-f]+)", RegexOptions.Multiline)]
    private static partial Regex TracesLine();

    private static Trace TraceOf(string scenario, int seed)
    {
        var trace = new Trace(keepLines: true);
        Assert.Null(SeedRun.Violation(Catalog.Named(scenario), seed, trace: trace));
        return trace;
    }
}

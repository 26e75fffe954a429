using System.Diagnostics;
using CloudStream.Simulation.Tests.Broken;
using CloudStream.Simulation.Tests.Checking;
using CloudStream.Simulation.Tests.Minimising;
using CloudStream.Simulation.Tests.Scenarios;

namespace CloudStream.Simulation.Tests;

/// <summary>The command behind tests/simulate: many seeds side by side, each on a thread of its own.</summary>
internal static class SeedRun
{
    private const int MaxLines = 80;

    // Deep enough that no chain of continuations is cut by the runtime, which would continue it on the thread pool.
    private const int StackBytes = 64 * 1024 * 1024;

    /// <summary>Exit code 0 only without a violation.</summary>
    public static int RunAll(string[] args, TextWriter output, Action<IReadOnlyDictionary<string, long>>? coverage = null)
    {
        var (from, to, jobs, scenarios, full, switches) = Parse(args);
        var runs = new Queue<(Scenario Scenario, int Seed)>(
            Enumerable.Range(from, to - from + 1).SelectMany(seed => scenarios.Select(s => (s, seed))));
        var (total, failed, done, steps) = (runs.Count, 0, 0, 0L);
        var clock = Stopwatch.StartNew();
        var counts = new SortedDictionary<string, long>(StringComparer.Ordinal);
        ulong hashes = 0;
        using var watch = new RunWatch(output);
        var threads = Enumerable.Range(0, jobs).Select(_ => new Thread(Work, StackBytes)).ToList();
        threads.ForEach(t => t.Start());
        threads.ForEach(t => t.Join());
        var seconds = clock.Elapsed.TotalSeconds;
        output.WriteLine($"{total} runs, {failed} violations, {seconds:0.0} s, {total / seconds:0.0} runs/s, {steps:N0} steps");
        output.WriteLine(string.Join(", ", counts.Select(e => $"{e.Key} {e.Value:N0}")));
        output.WriteLine(Coverage.Describe(counts));
        output.WriteLine($"traces: {hashes:x16}");
        coverage?.Invoke(counts);
        return failed == 0 ? 0 : 1;

        void Work()
        {
            while (true)
            {
                (Scenario Scenario, int Seed) run;
                lock (runs)
                {
                    if (!runs.TryDequeue(out run) || failed >= 10)
                        return;
                }

                watch.Begins(run.Scenario.Name, run.Seed);
                var (result, report) = Try(run.Scenario, run.Seed, full, switches);
                watch.Ends();
                lock (runs)
                {
                    done++;
                    steps += result?.Steps ?? 0;
                    hashes += result?.TraceHash ?? 0; // A sum: whichever run ends first.
                    foreach (var (what, count) in result?.Counts ?? new Dictionary<string, int>())
                        counts[what] = counts.GetValueOrDefault(what) + count;
                    if (report is not null)
                    {
                        failed++;
                        output.WriteLine(report);
                    }
                    else if (full)
                    {
                        output.WriteLine($"{run.Scenario.Name} {run.Seed}: {Describe(result!)}");
                    }
                    else if (done % 100 == 0)
                    {
                        output.WriteLine($"{done} of {total}, {done / clock.Elapsed.TotalSeconds:0.0} runs/s, {failed} violations");
                    }
                }
            }
        }
    }

    private static string Describe(SimulationResult result) =>
        $"{result.TraceHash:x16} {result.Steps} steps, {result.VirtualTime.TotalSeconds:0} s, {result.Commits} commits, "
            + $"{result.Acknowledged} acknowledged, {result.Unknown} unknown";

    /// <summary>Runs one seed, and says which property it violates; null for none.</summary>
    public static ViolationException? Violation(Scenario scenario, int seed, BrokenEngine? broken = null, Scheduling.Trace? trace = null)
    {
        ViolationException? violation = null;
        var thread = new Thread(
            () =>
            {
                try
                {
                    Simulation.Run(scenario, seed, trace, broken);
                }
                catch (Exception e)
                {
                    violation = e as ViolationException ?? new ViolationException("no defect", e.ToString());
                }
            },
            StackBytes);
        thread.Start();
        thread.Join();
        return violation;
    }

    private static (SimulationResult? Result, string? Report) Try(Scenario scenario, int seed, bool full, string switches)
    {
        try
        {
            return (Simulation.Run(scenario, seed), null);
        }
        catch (Exception e)
        {
            return (null, Report(scenario, seed, e as ViolationException ?? new ViolationException("no defect", e.ToString()),
                full, switches));
        }
    }

    // The same seed does the same again; then smaller runs that still do it are looked for.
    private static string Report(Scenario scenario, int seed, ViolationException first, bool full, string switches)
    {
        var again = Violation(scenario, seed);
        var differs = again?.Message == first.Message ? "" : $"\nTHE SECOND RUN DID OTHERWISE: {again?.Message ?? "no violation"}";
        var minimal = Minimiser.Minimise(scenario, seed, first);
        string[] all = [.. switches.Length == 0 ? [] : switches.Split(','), .. minimal.Switches];
        var events = RelevantEvents.Of(minimal.Trace.Lines, minimal.Violation);
        var shown = full ? minimal.Trace.Lines
            : events.Count <= MaxLines ? events
            : [.. events.Take(MaxLines / 4), "…", .. events.TakeLast(3 * MaxLines / 4)];
        var simplify = all.Length == 0 ? "" : $" --simplify {string.Join(',', all)}";
        return $"""
            VIOLATION in {scenario.Name}, seed {seed}: {first.Message}{differs}
            {string.Join('\n', shown)}
            {minimal.Violation.Message}
            These are {events.Count} of {minimal.Trace.Lines.Count} events, found in {minimal.Runs} smaller runs. Again:
              tests/simulate --seeds {seed}..{seed} --scenario {scenario.Name}{simplify} --trace
            """;
    }

    private static (int From, int To, int Jobs, IReadOnlyList<Scenario> Scenarios, bool Full, string Switches) Parse(string[] args)
    {
        var (from, to, jobs, scenarios, full, switches) = (1, 50, Environment.ProcessorCount, Catalog.All, false, "");
        for (var i = 0; i < args.Length; i++)
        {
            switch (args[i])
            {
                case "--seeds":
                    var ends = args[++i].Split("..");
                    (from, to) = (int.Parse(ends[0]), int.Parse(ends[^1]));
                    break;
                case "--scenario":
                    scenarios = [.. args[++i].Split(',').Select(Catalog.Named)];
                    break;
                case "--jobs":
                    jobs = int.Parse(args[++i]);
                    break;
                case "--simplify":
                    switches = args[++i];
                    break;
                case "--trace":
                    full = true;
                    break;
                default:
                    throw new ArgumentException(
                        $"unknown argument {args[i]}; usage: tests/simulate [--seeds A..B] [--scenario S,...] [--jobs N] [--simplify "
                            + "SWITCH,...] [--trace]");
            }
        }

        if (switches.Length > 0)
            scenarios = [.. scenarios.Select(
                s => switches.Split(',').Aggregate(s, (smaller, name) => Simplification.Named(name).Apply(smaller)))];
        return (from, to, jobs, scenarios, full, switches);
    }
}

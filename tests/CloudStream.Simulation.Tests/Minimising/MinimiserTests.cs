using CloudStream.Simulation.Tests.Broken;
using CloudStream.Simulation.Tests.Scenarios;
using CloudStream.Simulation.Tests.Scheduling;

namespace CloudStream.Simulation.Tests.Minimising;

public sealed class MinimiserTests
{
    [Fact]
    public void A_run_that_violates_a_property_is_shrunk_to_few_events_with_the_faulty_one_among_them()
    {
        var (broken, scenario) = (BrokenEngines.Named("has no sequences"), Catalog.Named("lossy"));
        var whole = new Trace(keepLines: true);
        var violation = SeedRun.Violation(scenario, 1, broken, whole);
        Assert.Equal("no duplicate", violation?.Property);

        var minimal = Minimiser.Minimise(scenario, 1, violation!, broken);
        var events = RelevantEvents.Of(minimal.Trace.Lines, minimal.Violation);

        Assert.Equal("no duplicate", minimal.Violation.Property);
        Assert.Contains("half-time", minimal.Switches);
        Assert.InRange(minimal.Trace.Lines.Count, 1, whole.Lines.Count / 3);
        Assert.InRange(events.Count, 2, 60);

        // "no duplicate: partition 0: idem0:12 is at offsets 30 and 34": both commits are there.
        var record = minimal.Violation.Message.Split(' ')[4];
        Assert.Equal(
            2, events.Count(e => e.Contains(" commits ", StringComparison.Ordinal) && e.Contains(record, StringComparison.Ordinal)));
        Assert.Equal(minimal.Violation.Message,
            SeedRun.Violation(minimal.Switches.Aggregate(scenario, (s, name) => Simplification.Named(name).Apply(s)), 1, broken)?.Message);
    }

    [Fact]
    public void Only_events_about_the_same_records_or_processes_are_shown()
    {
        string[] trace =
        [
            "00:01 broker-0.0   starts  ",
            "00:02 idem0        appends p0 idem0:1 idem0:2",
            "00:03 idem0        appends p0 idem0:12",
            "00:04 broker-0.0   write journals/0123456789abcdef/0000/0001 ",
            "00:05 broker-0.0   crashes  ",
        ];

        var shown = RelevantEvents.Of(trace, new ViolationException("no duplicate", "partition 0: idem0:1 is at offsets 3 and 5"));

        Assert.Equal([trace[0], trace[1], trace[4]], shown);
    }
}

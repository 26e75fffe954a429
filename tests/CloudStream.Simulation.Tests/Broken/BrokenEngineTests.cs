using CloudStream.Simulation.Tests.Scenarios;

namespace CloudStream.Simulation.Tests.Broken;

/// <summary>The checker catches every engine that is wrong, by the property that it breaks.</summary>
public sealed class BrokenEngineTests
{
    public static TheoryData<string> Names => [.. BrokenEngines.All.Select(b => b.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void An_engine_is_caught_that(string name)
    {
        var broken = BrokenEngines.Named(name);
        for (var seed = 1; seed <= broken.Seeds; seed++)
        {
            if (SeedRun.Violation(Catalog.Named(broken.Scenario), seed, broken) is not { } violation)
                continue;
            Assert.True(broken.Violates.Contains(violation.Property), $"seed {seed}: {violation.Message}");
            TestContext.Current.TestOutputHelper?.WriteLine($"seed {seed}: {violation.Message}");
            return;
        }

        Assert.Fail($"{broken.Seeds} seeds of {broken.Scenario} did not catch it.");
    }
}

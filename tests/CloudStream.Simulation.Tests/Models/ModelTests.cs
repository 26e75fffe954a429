using System.Diagnostics;
using CloudStream.Clients.Tests;

namespace CloudStream.Simulation.Tests.Models;

/// <summary>
/// The models in docs/model, explored within bounds: without a fault there is no violation, and each fault that is put back in is found.
/// Deeper runs are started by hand.
/// </summary>
public sealed class ModelTests(ITestOutputHelper output)
{
    /// <summary>Small cases of the journal as a ring, each about one part of it; all of a case's states, or the first 20,000.</summary>
    public static TheoryData<string> JournalCases =>
    [
        "FL=1 CK=1 SW=0 LATE=1",
        "FL=1 CK=1 SW=1 LATE=0",
        "FL=1 CK=1 SW=0 LATE=1 TR=1 KINDS=io",
        "FL=1 CK=1 SW=1 LATE=0 RING=4 KINDS=i",
        "FL=1 CK=1 SW=1 LATE=0 RING=4 TR=1",
        "FL=0 CK=0 SW=0 LATE=1 RING=5 TK=1 GEN=1",
        "FL=1 CK=1 SW=0 LATE=0 BACK=1",
    ];

    public static TheoryData<string, string> JournalFaults => new()
    {
        { "lap", "FL=2 CK=0 SW=0 LATE=0" },
        { "reserve", "FL=2 CK=0 SW=0 LATE=0" },
        { "horizon", "FL=1 CK=0 SW=1 LATE=0" },
        { "tail", "FL=1 CK=0 SW=1 LATE=0 RING=4 TR=1" },
        { "born", "FL=1 CK=1 SW=1 LATE=0 RING=4" },
        { "lateborn", "FL=1 CK=1 SW=1 LATE=0 RING=4 KINDS=i" },
        { "prove", "FL=2 CK=2 SW=0 LATE=0" },
        { "epoch", "FL=0 CK=0 SW=0 LATE=0 RING=5 TK=1 GEN=1" },
        { "spill", "FL=2 CK=1 SW=0 LATE=0 KINDS=i" },
        { "base", "FL=1 CK=1 SW=0 LATE=0 KINDS=i" },
        { "list", "FL=1 CK=1 SW=0 LATE=0 BACK=1" },
    };

    /// <summary>The commit protocol with an operator who gives up objects that have rotted away; the first 20,000 states.</summary>
    [Theory]
    [InlineData("FL=1 CK=1 SW=0 ROT=1", 0, "ok")]
    [InlineData("FL=1 CK=0 SW=1 ROT=1", 0, "ok")]
    [InlineData("FL=1 CK=0 SW=1 ROT=1 LOOK=0", 1, "VIOLATION: a loss was accepted that is none")]
    [InlineData("FL=1 CK=1 SW=0 ROT=1 KEEP=0", 1, "VIOLATION: ")]
    public async Task ALossIsAcceptedOnlyWhereAnObjectIsGoneAndIsNeverForgotten(string bounds, int expected, string beginning)
    {
        (int exitCode, string said) = await ExploreAsync("commit_protocol.py", $"{bounds} LIMIT=20000");
        Assert.Equal(expected, exitCode);
        Assert.Contains(beginning, said, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(JournalCases))]
    public async Task TheJournalHasNoViolation(string bounds)
    {
        (int exitCode, string said) = await ExploreAsync("journal_ring.py", $"{bounds} LIMIT=20000");
        Assert.Equal((0, "ok,"), (exitCode, said.Split(' ')[0]));
    }

    [Theory]
    [MemberData(nameof(JournalFaults))]
    public async Task AFaultInTheJournalIsFound(string fault, string bounds)
    {
        (int exitCode, string said) = await ExploreAsync("journal_ring.py", $"{bounds} FAULT={fault} LIMIT=100000");
        Assert.Equal((1, "VIOLATION:"), (exitCode, said.Split(' ')[0]));
    }

    private async Task<(int ExitCode, string Said)> ExploreAsync(string model, string bounds)
    {
        Assert.SkipUnless(
            Environment.GetEnvironmentVariable("PATH")!.Split(':').Any(p => File.Exists(Path.Combine(p, "python3"))),
            "There is no python3.");
        var start = new ProcessStartInfo("python3", [Path.Combine(Repository.Root, "docs", "model", model)])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["RING"] = "3";
        foreach (string[] bound in bounds.Split(' ').Select(b => b.Split('=')))
            start.Environment[bound[0]] = bound[1];
        using Process process = Process.Start(start)!;
        Task<string> said = process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        Task<string> failed = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        output.WriteLine(await said);
        Assert.Equal("", await failed);
        return (process.ExitCode, await said);
    }
}

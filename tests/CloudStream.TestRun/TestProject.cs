using System.Diagnostics;
using System.Globalization;
using System.Xml.Linq;

namespace CloudStream.TestRun;

/// <summary>One test executable. A crash, a hang and a missing executable are failures with the project's name, never silence.</summary>
/// <param name="name">The project's.</param>
/// <param name="executable">What its build makes.</param>
/// <param name="resultsFolder">Where its report goes.</param>
/// <param name="ownLimit">Seconds that the project itself asks for (<c>TestTimeLimit</c>); null: as all others.</param>
internal sealed class TestProject(string name, string executable, string resultsFolder, int? ownLimit)
{
    private const int DefaultLimit = 420;

    public string Name => name;

    /// <summary>
    /// Past it the process and its children are killed. <c>TEST_TIME_LIMIT</c>, in seconds, goes before what the project asks for.
    /// </summary>
    private TimeSpan TimeLimit => TimeSpan.FromSeconds(
        Environment.GetEnvironmentVariable("TEST_TIME_LIMIT") is { Length: > 0 } given
            ? int.Parse(given, CultureInfo.InvariantCulture)
            : ownLimit ?? DefaultLimit);

    public static IEnumerable<TestProject> Discover(string repository, string configuration)
    {
        string results = Path.Combine(repository, "artifacts", "test-results");
        Directory.CreateDirectory(results);
        foreach (string folder in Directory.EnumerateDirectories(Path.Combine(repository, "tests"), "*.Tests").Order(
            StringComparer.Ordinal))
        {
            string name = Path.GetFileName(folder);
            yield return new TestProject(name, Path.Combine(folder, "bin", configuration, "net10.0", name), results,
                OwnLimit(Path.Combine(folder, name + ".csproj")));
        }
    }

    public async Task<TestTotals> RunAsync()
    {
        TimeSpan limit = TimeLimit;
        Console.WriteLine();
        Console.WriteLine(name);
        string reportPath = Path.Combine(resultsFolder, name + ".xml");
        string summaryPath = Path.Combine(resultsFolder, name + ".txt");
        File.Delete(reportPath);
        File.Delete(summaryPath);
        if (!File.Exists(executable))
            return Fail($"{executable} was not built", new TestProgress());

        var progress = new TestProgress();
        var clock = Stopwatch.StartNew();
        int? exitCode = await RunProcessAsync(reportPath, summaryPath, limit, progress);
        PrintSummary(summaryPath);
        XElement? report = TestReport.TryRead(reportPath);
        if (exitCode is null)
            return Fail($"still running after {limit.TotalSeconds:0} s; killed", progress);
        if (report is null)
            return Fail($"the test process ended with exit code {exitCode} before its report was written", progress);

        TestTotals totals = TestReport.Print(report);
        if (exitCode != 0 && totals.Failed == 0)
            return totals + Fail($"the test process ended with exit code {exitCode} though no test failed", new TestProgress());
        if (totals == default)
            return Fail("the project has no tests", progress);
        Console.WriteLine($"  {totals} ({clock.Elapsed.TotalSeconds:0.0} s)");
        return totals;
    }

    private static int? OwnLimit(string project) =>
        File.Exists(project) ? (int?)XElement.Load(project).Descendants("TestTimeLimit").FirstOrDefault() : null;

    private static TestTotals Fail(string what, TestProgress progress)
    {
        Console.WriteLine($"  FAILED: {what}");
        foreach (string test in progress.Running)
            Console.WriteLine($"      was running: {test}");
        foreach (string line in progress.Console)
            Console.WriteLine($"      | {line}");
        return progress.SoFar + new TestTotals(0, 1, 0);
    }

    // What a project has to show beside its totals, such as the matrix of clients.
    private static void PrintSummary(string summaryPath)
    {
        if (!File.Exists(summaryPath))
            return;
        foreach (string line in File.ReadLines(summaryPath))
            Console.WriteLine($"  {line}");
    }

    private async Task<int?> RunProcessAsync(string reportPath, string summaryPath, TimeSpan limit, TestProgress progress)
    {
        var start = new ProcessStartInfo(executable)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
            WorkingDirectory = Path.GetDirectoryName(executable)!,
        };
        start.Environment["TEST_SUMMARY_FILE"] = summaryPath;
        foreach (string argument in new[] { "-noColor", "-noAutoReporters", "-reporter", "json", "-xml", reportPath })
            start.ArgumentList.Add(argument);
        using var process = new Process { StartInfo = start };
        process.OutputDataReceived += (_, e) => progress.Read(e.Data);
        process.ErrorDataReceived += (_, e) => progress.Read(e.Data);
        process.Start();
        process.StandardInput.Close();
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        using var timeout = new CancellationTokenSource(limit);
        try
        {
            await process.WaitForExitAsync(timeout.Token);
            return process.ExitCode;
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            return null;
        }
    }
}

using System.Collections.Concurrent;
using System.Diagnostics;

namespace CloudStream.Clients.Tests.Clients;

/// <summary>A client in <c>tests/clients</c>, driven by its <c>run</c> as the README there says.</summary>
internal sealed class ClientProgram
{
    private static readonly TimeSpan ScenarioLimit = TimeSpan.FromSeconds(90);
    private static readonly TimeSpan PrepareLimit = TimeSpan.FromSeconds(600);
    private static readonly TimeSpan QuestionLimit = TimeSpan.FromSeconds(30);

    // Stands for the scenarios of a client that cannot name them for want of a tool; its preparation tells why, and so one row is skipped
    // with the reason.
    private const string UnknownScenarios = "all";

    private static readonly ConcurrentDictionary<string, ClientProgram> All = new(StringComparer.Ordinal);
    private readonly Lazy<Task<ClientReadiness>> _readiness;
    private readonly string _executable;

    private ClientProgram(string name)
    {
        Name = name;
        _executable = Path.Combine(Folder, name, "run");
        _readiness = new Lazy<Task<ClientReadiness>>(PrepareAsync);
    }

    public static string Folder { get; } = Path.Combine(Repository.Root, "tests", "clients");

    public string Name { get; }

    /// <summary>Prepared once, however many tests ask.</summary>
    public Task<ClientReadiness> ReadyAsync() => _readiness.Value;

    public static ClientProgram Named(string name) => All.GetOrAdd(name, n => new ClientProgram(n));

    public static IEnumerable<string> Names() =>
        Directory.EnumerateDirectories(Folder).Where(d => File.Exists(Path.Combine(d, "run"))).Select(d => Path.GetFileName(d)).Order(
            StringComparer.Ordinal);

    public async Task<IReadOnlyList<string>> ScenariosAsync()
    {
        ClientRun run = await RunAsync(QuestionLimit, "scenarios");
        if (run.IsNotPossible)
            return [UnknownScenarios];
        return run.Passed ? run.Lines : throw new InvalidOperationException(
            $"{_executable} scenarios: exit code {run.ExitCode}: {run.Tail}");
    }

    public Task<ClientRun> RunScenarioAsync(string scenario, string bootstrap, string prefix) =>
        RunAsync(ScenarioLimit, "scenario", scenario, bootstrap, prefix);

    private async Task<ClientReadiness> PrepareAsync()
    {
        ClientRun prepared = await RunAsync(PrepareLimit, "prepare");
        if (!prepared.Passed)
            return ClientReadiness.Of(prepared, "prepare");
        ClientRun version = await RunAsync(QuestionLimit, "version");
        return version.Passed ? new ClientReadiness(version.LastLine, null, null) : ClientReadiness.Of(version, "version");
    }

    private async Task<ClientRun> RunAsync(TimeSpan limit, params string[] arguments)
    {
        var start = new ProcessStartInfo(_executable, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true
        };
        using var process = new Process { StartInfo = start };
        var lines = new List<string>();
        void Keep(string? line)
        {
            lock (lines)
            {
                if (line is not null)
                    lines.Add(line);
            }
        }

        process.OutputDataReceived += (_, e) => Keep(e.Data);
        process.ErrorDataReceived += (_, e) => Keep(e.Data);
        process.Start();
        process.StandardInput.Close();
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        int? exitCode = await ExitCodeAsync(process, limit);
        if (exitCode is null)
            Keep($"did not end within {limit.TotalSeconds} s");
        lock (lines)
            return new ClientRun(exitCode, [.. lines]);
    }

    private static async Task<int?> ExitCodeAsync(Process process, TimeSpan limit)
    {
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

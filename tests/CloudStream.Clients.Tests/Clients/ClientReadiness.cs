namespace CloudStream.Clients.Tests.Clients;

/// <summary>Whether a client can be used here: its version, or why it cannot be had, or how preparing it failed.</summary>
internal sealed record ClientReadiness(string? Version, string? NotPossible, string? Failure)
{
    public static ClientReadiness Of(ClientRun run, string step) =>
        run.IsNotPossible ? new(null, run.LastLine, null) : new(null, null, $"{step} ended with exit code {run.ExitCode}:\n{run.Tail}");
}

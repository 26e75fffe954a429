namespace CloudStream.Clients.Tests.Clients;

/// <summary>What became of one scenario of one client.</summary>
/// <param name="Client">The client's folder.</param>
/// <param name="Version">Null when the client cannot be had here.</param>
/// <param name="Scenario">Its name.</param>
/// <param name="Word">What stands in the matrix: ok, FAILED or skipped.</param>
/// <param name="Reason">Why it is not ok.</param>
internal sealed record MatrixCell(string Client, string? Version, string Scenario, string Word, string? Reason)
{
    public static MatrixCell Of(string client, string version, string scenario, ClientRun run) => run switch
    {
        { Passed: true } => new(client, version, scenario, "ok", null),
        { IsNotPossible: true } => new(client, version, scenario, "skipped", run.LastLine),
        _ => new(client, version, scenario, "FAILED", run.LastLine),
    };

    public static MatrixCell NotReady(string client, string scenario, ClientReadiness readiness) =>
        readiness.NotPossible is { } why
            ? new(client, null, scenario, "skipped", why)
            : new(client, null, scenario, "FAILED", "not prepared");
}

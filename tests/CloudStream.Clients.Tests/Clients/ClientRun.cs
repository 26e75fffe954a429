namespace CloudStream.Clients.Tests.Clients;

/// <summary>How one call of a client's <c>run</c> ended.</summary>
/// <param name="ExitCode">Null when it did not end in time and was killed.</param>
/// <param name="Lines">Standard output and standard error in the order in which they came.</param>
internal sealed record ClientRun(int? ExitCode, IReadOnlyList<string> Lines)
{
    private const int NotPossible = 3;

    public bool Passed => ExitCode == 0;

    public bool IsNotPossible => ExitCode == NotPossible;

    public string LastLine => Lines.LastOrDefault(l => l.Length > 0) ?? "(it printed nothing)";

    public string Tail => string.Join('\n', Lines.TakeLast(40));
}

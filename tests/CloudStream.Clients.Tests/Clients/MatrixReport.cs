namespace CloudStream.Clients.Tests.Clients;

/// <summary>Client × version × scenario, as it came out. Safe from any thread.</summary>
internal sealed class MatrixReport
{
    private readonly Lock _lock = new();
    private readonly List<MatrixCell> _cells = [];

    /// <summary>Where <c>tests/run</c> wants what a project has to show beside its totals; unset: the console.</summary>
    private static string? SummaryFile => Environment.GetEnvironmentVariable("TEST_SUMMARY_FILE");

    public void Add(MatrixCell cell)
    {
        lock (_lock)
            _cells.Add(cell);
    }

    public void Publish(string broker)
    {
        MatrixCell[] cells;
        lock (_lock)
            cells = [.. _cells.OrderBy(c => c.Client, StringComparer.Ordinal).ThenBy(c => c.Scenario, StringComparer.Ordinal)];
        if (cells.Length == 0)
            return;
        string text = string.Join('\n',
            [$"client matrix against {broker}", .. Clients(cells), .. Grid(cells), .. Alone(cells), .. Reasons(cells), ""]);
        if (SummaryFile is { Length: > 0 } path)
            File.WriteAllText(path, text);
        else
            Console.Write(text);
    }

    private static IEnumerable<string> Clients(MatrixCell[] cells) =>
        cells.DistinctBy(c => c.Client).Select(c => $"  {c.Client,-18}{c.Version ?? "not available"}");

    // What several clients show: one row per scenario, one column per client.
    private static IEnumerable<string> Grid(MatrixCell[] cells)
    {
        string[] scenarios = [.. cells.GroupBy(c => c.Scenario, StringComparer.Ordinal).Where(g => g.Count() > 1).Select(g => g.Key).Order(
            StringComparer.Ordinal)];
        string[] clients = [.. cells.Where(c => scenarios.Contains(c.Scenario)).Select(c => c.Client).Distinct()];
        if (clients.Length == 0)
            yield break;
        yield return $"  {"",-18}{string.Concat(clients.Select(c => c.PadRight(Width(c))))}".TrimEnd();
        foreach (string scenario in scenarios)
        {
            IEnumerable<string> row = clients.Select(
                c => (cells.FirstOrDefault(x => x.Client == c && x.Scenario == scenario)?.Word ?? "").PadRight(Width(c)));
            yield return $"  {scenario,-18}{string.Concat(row)}".TrimEnd();
        }
    }

    private static int Width(string client) => Math.Max(client.Length, "skipped".Length) + 2;

    // What one client shows beside that, a few to a line.
    private static IEnumerable<string> Alone(MatrixCell[] cells) =>
        cells.GroupBy(c => c.Scenario, StringComparer.Ordinal).Where(g => g.Count() == 1).Select(g => g.First())
            .GroupBy(c => c.Client, StringComparer.Ordinal)
            .SelectMany(g => g.Chunk(4).Select(c => $"  {g.Key,-18}{string.Join(", ", c.Select(x => $"{x.Scenario} {x.Word}"))}"));

    private static IEnumerable<string> Reasons(MatrixCell[] cells) =>
        cells.Where(c => c.Reason is not null).Select(c => $"  {c.Client} {c.Scenario} {c.Word}: {c.Reason}");
}

using System.Text;

namespace CloudStream.Clients.Tests.Clients;

/// <summary>Client × version × scenario, as it came out. Safe from any thread.</summary>
internal sealed class MatrixReport
{
    private readonly Lock _lock = new();
    private readonly SortedDictionary<string, (string Version, SortedDictionary<string, string> Cells)> _rows = new(StringComparer.Ordinal);

    /// <summary>Where <c>tests/run</c> wants what a project has to show beside its totals; unset: the console.</summary>
    private static string? SummaryFile => Environment.GetEnvironmentVariable("TEST_SUMMARY_FILE");

    public void Add(string client, string version, string scenario, string outcome)
    {
        lock (_lock)
        {
            if (!_rows.TryGetValue(client, out (string Version, SortedDictionary<string, string> Cells) row))
                _rows[client] = row = (version, new SortedDictionary<string, string>(StringComparer.Ordinal));
            row.Cells[scenario] = outcome;
        }
    }

    public void Publish(string broker)
    {
        lock (_lock)
        {
            if (_rows.Count == 0)
                return;
            string text = Text(broker);
            if (SummaryFile is { Length: > 0 } path)
                File.WriteAllText(path, text);
            else
                Console.Write(text);
        }
    }

    private string Text(string broker)
    {
        var text = new StringBuilder().Append("client matrix against ").Append(broker).Append('\n');
        foreach ((string client, (string version, SortedDictionary<string, string> cells)) in _rows)
        {
            text.Append("  ").Append(client).Append(": ").Append(version).Append('\n');
            foreach ((string scenario, string outcome) in cells)
                text.Append("    ").Append(scenario.PadRight(30)).Append(outcome).Append('\n');
        }

        return text.ToString();
    }
}

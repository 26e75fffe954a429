using System.Text.Json;

namespace CloudStream.TestRun;

/// <summary>
/// Follows a test executable's messages, one JSON object a line, so that a crash or a hang can be blamed on the tests that were running.
/// What the tests themselves print to the console is kept apart.
/// </summary>
internal sealed class TestProgress
{
    private const int KeptLines = 60;
    private readonly Dictionary<string, string> _running = [];
    private readonly Queue<string> _console = [];
    private int _passed;
    private int _skipped;

    public IReadOnlyCollection<string> Running
    {
        get
        {
            lock (_running)
                return [.. _running.Values];
        }
    }

    public IReadOnlyCollection<string> Console
    {
        get
        {
            lock (_running)
                return [.. _console];
        }
    }

    public TestTotals SoFar
    {
        get
        {
            lock (_running)
                return new TestTotals(_passed, 0, _skipped);
        }
    }

    public void Read(string? line)
    {
        if (string.IsNullOrEmpty(line))
            return;
        lock (_running)
        {
            if (line[0] != '{' || !TryTrack(line))
                Keep(line);
        }
    }

    private bool TryTrack(string line)
    {
        try
        {
            using JsonDocument message = JsonDocument.Parse(line);
            JsonElement root = message.RootElement;
            if (!root.TryGetProperty("$type", out JsonElement type))
                return false;
            Track(type.GetString(), root);
            return true;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    private void Track(string? type, JsonElement message)
    {
        if (!message.TryGetProperty("TestUniqueID", out JsonElement id) || id.GetString() is not { } test)
            return;
        switch (type)
        {
            case "test-starting":
                _running[test] = message.TryGetProperty("TestDisplayName", out JsonElement name) ? name.GetString() ?? test : test;
                break;
            case "test-passed":
                _passed++;
                break;
            case "test-skipped":
                _skipped++;
                break;
            case "test-finished":
                _running.Remove(test);
                break;
        }
    }

    private void Keep(string line)
    {
        _console.Enqueue(line);
        if (_console.Count > KeptLines)
            _console.Dequeue();
    }
}

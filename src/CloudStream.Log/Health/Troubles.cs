using System.Diagnostics.Metrics;
using CloudStream.Log.Runtime;
using Microsoft.Extensions.Logging;

namespace CloudStream.Log.Health;

/// <summary>
/// What is wrong with a broker now. Each trouble is one episode, however often it is met: logged when it begins and when it ends, shown by
/// metrics and health between. Thread-safe.
/// </summary>
internal sealed partial class Troubles
{
    // Beyond that they are counted and not told apart: a store that has lost everything must not fill the memory.
    private const int MaxKept = 1000, MaxShown = 100;

    private readonly Lock _lock = new();
    private readonly Dictionary<(TroubleKind Kind, string Key), Episode> _open = [];
    private readonly Counter<long> _begun;
    private readonly ILogger _log;

    /// <param name="runtime">Logs and metrics.</param>
    /// <param name="topicName">A topic's name; null when it is not known now.</param>
    public Troubles(BrokerRuntime runtime, Func<Guid, string?> topicName)
    {
        Damage = new DamageTroubles(this, topicName);
        Writes = new WriteTroubles(this);
        _log = runtime.Loggers.CreateLogger<Troubles>();
        _begun = runtime.Meter.CreateCounter<long>("cloudstream.troubles.begun", "{trouble}", "Troubles that began, by kind.");
        runtime.Meter.CreateObservableGauge(
            "cloudstream.troubles", Count, "{trouble}", "What is wrong now, by kind: 0 for all of them is a sound broker.");
    }

    /// <summary>Those that are damage to stored records.</summary>
    public DamageTroubles Damage { get; }

    /// <summary>Those of writes.</summary>
    public WriteTroubles Writes { get; }

    /// <summary>Whether a trouble has begun and is not over.</summary>
    public bool IsOpen(TroubleKind kind, string key)
    {
        lock (_lock)
            return _open.ContainsKey((kind, key));
    }

    /// <summary>A trouble is met.</summary>
    /// <param name="kind">Its kind.</param>
    /// <param name="key">Tells it from others of its kind.</param>
    /// <param name="detail">What and where, as a sentence.</param>
    /// <param name="isOver">Whether it has ended without anybody saying so; asked now and then, must be quick.</param>
    /// <returns>Whether this begins an episode.</returns>
    public bool Met(TroubleKind kind, string key, string detail, Func<bool>? isOver = null)
    {
        lock (_lock)
        {
            if (_open.ContainsKey((kind, key)) || _open.Count >= MaxKept)
                return false;
            _open.Add((kind, key), new Episode(new Trouble(kind, detail), isOver));
        }

        _begun.Add(1, Tag(kind));
        LogBegun(_log, Trouble.CodeOf(kind), detail);
        return true;
    }

    /// <summary>A trouble is over, if it had begun. Costs next to nothing while nothing is wrong.</summary>
    public void Over(TroubleKind kind, string key)
    {
        Episode? ended;
        lock (_lock)
        {
            if (_open.Count == 0 || !_open.Remove((kind, key), out ended))
                return;
        }

        LogEnded(_log, Trouble.CodeOf(kind), ended.Trouble.Detail);
    }

    /// <summary>What is wrong now.</summary>
    public HealthReport Report()
    {
        Prune();
        lock (_lock)
        {
            return _open.Count == 0
                ? HealthReport.Sound
                : new HealthReport(
                    [.. _open.Values.Select(e => e.Trouble).OrderByDescending(t => t.Kind == TroubleKind.NotWritable).Take(MaxShown)],
                    _open.Count);
        }
    }

    private IEnumerable<Measurement<int>> Count()
    {
        Prune();
        lock (_lock)
            return [.. Enum.GetValues<TroubleKind>().Select(
                kind => new Measurement<int>(_open.Keys.Count(k => k.Kind == kind), Tag(kind)))];
    }

    private void Prune()
    {
        (TroubleKind Kind, string Key)[] over;
        lock (_lock)
            over = _open.Count == 0 ? [] : [.. _open.Where(e => e.Value.IsOver?.Invoke() == true).Select(e => e.Key)];
        foreach (var (kind, key) in over)
            Over(kind, key);
    }

    private static KeyValuePair<string, object?> Tag(TroubleKind kind) => new("kind", Trouble.CodeOf(kind));

    [LoggerMessage(1400, LogLevel.Error, "Trouble ({Kind}): {Detail}")]
    private static partial void LogBegun(ILogger log, string kind, string detail);

    [LoggerMessage(1401, LogLevel.Warning, "Over ({Kind}): {Detail}")]
    private static partial void LogEnded(ILogger log, string kind, string detail);

    /// <summary>A trouble, and how to see that it is over.</summary>
    private sealed record Episode(Trouble Trouble, Func<bool>? IsOver);
}

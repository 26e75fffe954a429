using System.Diagnostics.Metrics;
using Microsoft.Extensions.Logging;

namespace CloudStream.Cli.Serve;

/// <summary>
/// Counts the connections of all faces together and says how many there may be: as many as were asked for (<c>max.connections</c>), but no
/// more than there are file descriptors for. Thread-safe.
/// </summary>
internal sealed partial class ConnectionLimit
{
    private readonly int _asked;
    private readonly Counter<long> _refused;
    private readonly ILogger _log;
    private int _open;
    private int _isAtLimit;
    private int _most;
    private long _descriptors;

    /// <param name="asked">Connections that may be open if there are descriptors for them.</param>
    /// <param name="budget">The descriptors before the start.</param>
    /// <param name="meters">Makes the instruments.</param>
    /// <param name="log">Where it is said.</param>
    public ConnectionLimit(int asked, DescriptorBudget budget, IMeterFactory meters, ILogger log)
    {
        (_asked, _log) = (asked, log);
        Take(budget);
        Meter meter = meters.Create("CloudStream.Serve");
        meter.CreateObservableUpDownCounter("cloudstream.connections.open", () => Open, "{connection}", "Open connections of all faces.");
        meter.CreateObservableGauge("cloudstream.connections.limit", () => Most, "{connection}",
            "Connections that all faces may have open together.");
        _refused = meter.CreateCounter<long>("cloudstream.connections.refused", "{connection}",
            "Connections that were refused because as many as may be were open, by face.");
    }

    /// <summary>Called before a connection is served.</summary>
    public Action? OnEnter { get; init; }

    /// <summary>Connections that are open.</summary>
    public int Open => Volatile.Read(ref _open);

    /// <summary>Connections that may be open.</summary>
    public int Most => Volatile.Read(ref _most);

    /// <summary>Takes note of what the start has left.</summary>
    public void Settle(DescriptorBudget budget)
    {
        Take(budget);
        if (budget.IsLow)
            LogLow(_log, budget.Descriptors, Most);
    }

    /// <summary>Takes a place for a connection.</summary>
    /// <param name="descriptor">Its descriptor. The lowest free number is given out, so a high one says how many are in use, whoever has
    /// them: the last ones are not for connections, whatever the count says.</param>
    /// <param name="face">Whose it is.</param>
    public bool TryEnter(long descriptor, string face)
    {
        if (Interlocked.Increment(ref _open) <= Most && descriptor < _descriptors - DescriptorBudget.Refusals)
        {
            OnEnter?.Invoke();
            return true;
        }

        Interlocked.Decrement(ref _open);
        _refused.Add(1, new KeyValuePair<string, object?>("face", face));
        if (Interlocked.Exchange(ref _isAtLimit, 1) == 0)
            LogReached(_log, Open);
        return false;
    }

    /// <summary>Gives the place back. An episode at the limit is over when a tenth of the places are free.</summary>
    public void Leave()
    {
        int open = Interlocked.Decrement(ref _open);
        if (open < Most - (Most / 10) && Volatile.Read(ref _isAtLimit) != 0)
            Volatile.Write(ref _isAtLimit, 0);
    }

    private void Take(DescriptorBudget budget)
    {
        _descriptors = budget.Descriptors;
        Volatile.Write(ref _most, Math.Min(_asked, Math.Max(budget.Connections, DescriptorBudget.FewestConnections)));
    }

    [LoggerMessage(5001, LogLevel.Warning,
        "{Descriptors} file descriptors are few: {Connections} connections may be open at once; raise the limit (ulimit -n, LimitNOFILE)")]
    private static partial void LogLow(ILogger log, long descriptors, int connections);

    [LoggerMessage(5002, LogLevel.Warning,
        "{Connections} connections are open, which is the limit; more are refused until some end (cloudstream_connections_refused counts "
            + "them)")]
    private static partial void LogReached(ILogger log, int connections);
}

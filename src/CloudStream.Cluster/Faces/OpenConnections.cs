using System.Collections.Concurrent;

namespace CloudStream.Cluster.Faces;

/// <summary>The open connections of a face: each is looked at now and then, as it may be stuck. Thread-safe.</summary>
/// <typeparam name="T">A connection.</typeparam>
public sealed class OpenConnections<T> : IDisposable
    where T : class
{
    private const int LooksWithinLimit = 4, LongestIntervalSeconds = 5;

    private readonly ConcurrentDictionary<T, bool> _open = new();
    private readonly Action<T> _look;
    private readonly ITimer _timer;

    /// <summary>Begins to look.</summary>
    /// <param name="time">The clock.</param>
    /// <param name="limit">The shortest time after which a connection may be stuck; it is looked at four times within that, and every five
    /// seconds at least.</param>
    /// <param name="look">Looks at one connection. Must not throw.</param>
    public OpenConnections(TimeProvider time, TimeSpan limit, Action<T> look)
    {
        ArgumentNullException.ThrowIfNull(time);
        _look = look;
        var longest = TimeSpan.FromSeconds(LongestIntervalSeconds);
        var interval = limit / LooksWithinLimit < longest ? limit / LooksWithinLimit : longest;
        _timer = time.CreateTimer(static c => ((OpenConnections<T>)c!).Look(), this, interval, interval);
    }

    /// <summary>Looks after a connection until it is removed.</summary>
    public void Add(T connection) => _open[connection] = true;

    /// <summary>The connection is closed.</summary>
    public void Remove(T connection) => _open.TryRemove(connection, out _);

    /// <summary>Looks no more.</summary>
    public void Dispose() => _timer.Dispose();

    private void Look()
    {
        foreach (var (connection, _) in _open)
            _look(connection);
    }
}

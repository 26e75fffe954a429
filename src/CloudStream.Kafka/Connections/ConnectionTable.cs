using System.Collections.Concurrent;
using CloudStream.Kafka.Face;

namespace CloudStream.Kafka.Connections;

/// <summary>The open connections: looks now and then for those that are stuck. Thread-safe.</summary>
internal sealed class ConnectionTable : IDisposable
{
    private static readonly TimeSpan s_longestInterval = TimeSpan.FromSeconds(5);

    private readonly ConcurrentDictionary<KafkaConnection, bool> _open = new();
    private readonly ITimer _timer;

    public ConnectionTable(KafkaFace face)
    {
        var options = face.Options;
        var shortest = new[] { options.MaxIdle, options.MaxSendStall, options.MaxReceiveStall, options.MaxAuthentication }.Min();
        var interval = shortest / 4 < s_longestInterval ? shortest / 4 : s_longestInterval;
        _timer = face.Time.CreateTimer(static t => ((ConnectionTable)t!).CheckProgress(), this, interval, interval);
    }

    /// <summary>Looks after a connection until it is removed.</summary>
    public void Add(KafkaConnection connection) => _open[connection] = true;

    public void Remove(KafkaConnection connection) => _open.TryRemove(connection, out _);

    public void Dispose() => _timer.Dispose();

    private void CheckProgress()
    {
        foreach (var (connection, _) in _open)
            connection.CheckProgress();
    }
}

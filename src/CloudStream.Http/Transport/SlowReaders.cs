using System.Collections.Concurrent;
using CloudStream.Http.Face;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace CloudStream.Http.Transport;

/// <summary>
/// Looks now and then whether the clients that are being answered take something, and cuts those off that do not; however slowly one reads,
/// it may go on. The server's own rule, so many bytes a second, does not fit: it is about what an answer has in all, so a client that takes
/// nothing of a large one holds it for hours. Thread-safe.
/// </summary>
internal sealed class SlowReaders : IDisposable
{
    private static readonly TimeSpan s_longestInterval = TimeSpan.FromSeconds(5);

    private readonly ConcurrentDictionary<HttpTransport, bool> _open = new();
    private readonly TimeSpan _limit;
    private readonly HttpMeters _meters;
    private readonly ILogger _log;
    private readonly ITimer _timer;

    public SlowReaders(IOptions<CloudStreamHttpOptions> options, TimeProvider time, HttpMeters meters, ILoggerFactory loggers)
    {
        (_limit, Time, _meters) = (options.Value.MaxSendStall, time, meters);
        _log = loggers.CreateLogger("CloudStream.Http");
        var interval = _limit / 4 < s_longestInterval ? _limit / 4 : s_longestInterval;
        _timer = time.CreateTimer(static t => ((SlowReaders)t!).Look(), this, interval, interval);
    }

    /// <summary>The clock.</summary>
    public TimeProvider Time { get; }

    /// <summary>Looks after a connection until it is removed.</summary>
    public void Add(HttpTransport connection) => _open[connection] = true;

    public void Remove(HttpTransport connection) => _open.TryRemove(connection, out _);

    public void Dispose() => _timer.Dispose();

    private void Look()
    {
        foreach (var (connection, _) in _open)
        {
            if (!connection.HasStalled(_limit))
                continue;
            _meters.ConnectionCut("slow");
            HttpLog.SlowReader(_log, connection.Peer, _limit);
            connection.Abort("the client takes nothing of its answer");
        }
    }
}

using CloudStream.Log.Options;

namespace CloudStream.Log.Waiting;

/// <summary>
/// Says when readers that wait at the end of a shard's logs re-read its register, to notice commits of others. All readers of the shard
/// share one rhythm, so that waiting costs the same for a thousand of them as for one. Thread-safe.
/// </summary>
/// <remarks>
/// Often (every flush interval, at least <see cref="MinInterval"/>) while other writers were seen within <see cref="OthersWindow"/> on this
/// broker's own monotonic clock; otherwise a tenth as often, at least every third of a lease.
/// </remarks>
internal sealed class EndOfLogPolicy
{
    /// <summary>The shortest time between two reads of the register.</summary>
    public static readonly TimeSpan MinInterval = TimeSpan.FromMilliseconds(5);

    /// <summary>How long a commit of another writer counts as lately.</summary>
    public static readonly TimeSpan OthersWindow = TimeSpan.FromSeconds(60);

    private const int SeldomTimes = 10;

    private readonly Lock _lock = new();
    private readonly TimeProvider _time;
    private readonly TimeSpan _often;
    private readonly TimeSpan _seldom;
    private long _lastRead;
    private long _othersVersion;
    private long _othersSeen;

    public EndOfLogPolicy(LogOptions options, TimeProvider time)
    {
        _time = time;
        _often = options.FlushInterval > MinInterval ? options.FlushInterval : MinInterval;
        var seldom = _often * SeldomTimes < options.Lease / 3 ? _often * SeldomTimes : options.Lease / 3;
        _seldom = seldom > _often ? seldom : _often;
        _lastRead = time.GetTimestamp();
    }

    /// <summary>How long until the register is to be read again; zero or less when it is due.</summary>
    public TimeSpan UntilDue(long newestOfOthers)
    {
        lock (_lock)
            return UntilDueLocked(newestOfOthers);
    }

    /// <summary>Takes the turn to read the register if it is due: true for one of those who ask.</summary>
    public bool TryTakeTurn(long newestOfOthers)
    {
        lock (_lock)
        {
            if (UntilDueLocked(newestOfOthers) > TimeSpan.Zero)
                return false;
            _lastRead = _time.GetTimestamp();
            return true;
        }
    }

    /// <summary>The register is being read anyway.</summary>
    public void Reading()
    {
        lock (_lock)
            _lastRead = _time.GetTimestamp();
    }

    private TimeSpan UntilDueLocked(long newestOfOthers)
    {
        if (newestOfOthers > _othersVersion)
            (_othersVersion, _othersSeen) = (newestOfOthers, _time.GetTimestamp());
        var wasLately = _othersVersion > 0 && _time.GetElapsedTime(_othersSeen) < OthersWindow;
        return (wasLately ? _often : _seldom) - _time.GetElapsedTime(_lastRead);
    }
}

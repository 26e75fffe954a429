using CloudStream.Log.Options;
using CloudStream.Log.State;

namespace CloudStream.Log.Waiting;

/// <summary>
/// Says when readers that wait at the end of a shard's logs re-read its register, to notice commits of others. All readers of the shard
/// share one rhythm, so that waiting costs the same for a thousand of them as for one. Thread-safe.
/// </summary>
/// <remarks>
/// Often (every flush interval, at least <see cref="MinInterval"/>) while this broker does not surely hold the lease, or writers without
/// it were seen within <see cref="LeaselessWindow"/> on this broker's own monotonic clock; otherwise every third of a lease.
/// </remarks>
internal sealed class EndOfLogPolicy
{
    /// <summary>The shortest time between two reads of the register.</summary>
    public static readonly TimeSpan MinInterval = TimeSpan.FromMilliseconds(5);

    /// <summary>How long a commit without the lease counts as lately.</summary>
    public static readonly TimeSpan LeaselessWindow = TimeSpan.FromSeconds(60);

    private readonly Lock _lock = new();
    private readonly TimeProvider _time;
    private readonly TimeSpan _often;
    private readonly TimeSpan _seldom;
    private long _lastRead;
    private long _leaselessVersion;
    private long _leaselessSeen;

    public EndOfLogPolicy(LogOptions options, TimeProvider time)
    {
        _time = time;
        _often = options.FlushInterval > MinInterval ? options.FlushInterval : MinInterval;
        _seldom = options.Lease / 3 > _often ? options.Lease / 3 : _often;
        _lastRead = time.GetTimestamp();
    }

    /// <summary>How long until the register is to be read again; zero or less when it is due.</summary>
    public TimeSpan UntilDue(bool isSurelyHeld, ShardState state)
    {
        lock (_lock)
            return UntilDueLocked(isSurelyHeld, state);
    }

    /// <summary>Takes the turn to read the register if it is due: true for one of those who ask.</summary>
    public bool TryTakeTurn(bool isSurelyHeld, ShardState state)
    {
        lock (_lock)
        {
            if (UntilDueLocked(isSurelyHeld, state) > TimeSpan.Zero)
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

    private TimeSpan UntilDueLocked(bool isSurelyHeld, ShardState state)
    {
        if (state.LeaselessVersion > _leaselessVersion)
            (_leaselessVersion, _leaselessSeen) = (state.LeaselessVersion, _time.GetTimestamp());
        var wasLately = _leaselessVersion > 0 && _time.GetElapsedTime(_leaselessSeen) < LeaselessWindow;
        return (isSurelyHeld && !wasLately ? _seldom : _often) - _time.GetElapsedTime(_lastRead);
    }
}

using CloudStream.Engine.Runtime;

namespace CloudStream.Engine.Shards;

/// <summary>
/// How long a shard's next flush waits for company. At least the flush interval lies between two flushes, except for a lone producer that sends one append after the
/// other: nobody else would come, so its next append waits only for the end of the flush before it, and is no closer to it than the lone flush interval.
/// </summary>
internal sealed class FlushPace(BrokerOptions options, TimeProvider time)
{
    private readonly TimeSpan _loneInterval = options.EffectiveLoneFlushInterval;
    private long _lastSeal = time.GetTimestamp() - (long)(time.TimestampFrequency * options.FlushInterval.TotalSeconds) - 1;
    private bool _wasLone;
    private Task _settled = Task.CompletedTask;

    /// <summary>A flush was sealed.</summary>
    public void Sealed(Flush flush, int appends)
    {
        (_lastSeal, _wasLone) = (time.GetTimestamp(), appends == 1);
        _settled = IsLone(appends) ? flush.Settled.OnContext() : Task.CompletedTask;
    }

    /// <summary>The flush before, while it may end the wait of a lone append; otherwise completed.</summary>
    public Task Settled => _settled;

    /// <summary>How long the interval asks to wait; zero or less for not at all.</summary>
    public TimeSpan Wait => options.FlushInterval - time.GetElapsedTime(_lastSeal);

    /// <summary>How long to wait as long as nothing but one append is there, after another flush of one, once that has <see cref="Settled"/>.</summary>
    public TimeSpan LoneWait => _loneInterval - time.GetElapsedTime(_lastSeal);

    /// <summary>Whether these appends may be those of a lone producer.</summary>
    public bool IsLone(int appends) => appends == 1 && _wasLone && _loneInterval < options.FlushInterval;
}

using CloudStream.Log.Flushes;
using CloudStream.Log.Options;
using CloudStream.Log.Runtime;

namespace CloudStream.Log.Append;

/// <summary>
/// How long a shard's next flush waits for company. At least the flush interval lies between two flushes, except for a lone producer that
/// sends one append after the other: nobody else would come, so its next append waits only for the end of the flush before it, and is no
/// closer to it than the lone flush interval. A heavy stream waits longer, until each of its partitions has enough bytes for an object of
/// its own: then nothing of it is written twice.
/// </summary>
internal sealed class FlushPace(LogOptions options, TimeProvider time)
{
    // What a heavy stream waits for its bytes at most.
    private static readonly TimeSpan s_heavyInterval = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan s_leastHeavyWait = TimeSpan.FromMilliseconds(1);

    // A producer that sends no more until it is answered only loses by waiting. After one has been met, so many flushes go out without the
    // longer wait.
    private const int FlushesAfterGap = 16;

    private readonly TimeSpan _loneInterval = options.EffectiveLoneFlushInterval;
    private int _notBefore;
    private long _lastSeal = time.GetTimestamp() - (long)(time.TimestampFrequency * options.FlushInterval.TotalSeconds) - 1;
    private bool _wasLone;
    private Task _settled = Task.CompletedTask;

    /// <summary>A flush was sealed.</summary>
    /// <param name="settled">Completes when the last append of the flush is answered.</param>
    /// <param name="appends">How many appends it holds.</param>
    public void Sealed(Task settled, int appends)
    {
        (_lastSeal, _wasLone) = (time.GetTimestamp(), appends == 1);
        _settled = IsLone(appends) ? settled.OnContext() : Task.CompletedTask;
        _notBefore = Math.Max(0, _notBefore - 1);
    }

    /// <summary>The flush before, while it may end the wait of a lone append; otherwise completed.</summary>
    public Task Settled => _settled;

    /// <summary>How long the interval asks to wait; zero or less for not at all.</summary>
    public TimeSpan Wait => options.FlushInterval - time.GetElapsedTime(_lastSeal);

    /// <summary>
    /// How long to wait as long as nothing but one append is there, after another flush of one, once that has <see cref="Settled"/>.
    /// </summary>
    public TimeSpan LoneWait => _loneInterval - time.GetElapsedTime(_lastSeal);

    /// <summary>Whether these appends may be those of a lone producer.</summary>
    public bool IsLone(int appends) => appends == 1 && _wasLone && _loneInterval < options.FlushInterval;

    /// <summary>
    /// Whether these appends, collected since the last flush, are worth waiting for more: at the rate at which they came each partition
    /// will have enough bytes for an object of its own within the time that a heavy stream waits at most, and has not yet.
    /// </summary>
    public bool IsWorthWaiting(List<PendingAppend> appends, long bytes)
    {
        if (_notBefore > 0 || bytes >= options.FlushBytes)
            return false;
        var (elapsed, least) = (time.GetElapsedTime(_lastSeal), options.IndexSizes.FinalFlushBytes);

        // A rate that has been seen for less than a millisecond says nothing: by it any append that follows a flush at once would be a
        // heavy stream.
        if (elapsed < s_leastHeavyWait || elapsed >= s_heavyInterval || bytes * (s_heavyInterval / elapsed) < least)
            return false;
        var wanted = least * Partitions(appends);
        return bytes < wanted && bytes * (s_heavyInterval / elapsed) >= wanted;
    }

    /// <summary>How long to wait before the next look at a heavy stream.</summary>
    public TimeSpan HeavyWait => options.FlushInterval > s_leastHeavyWait ? options.FlushInterval : s_leastHeavyWait;

    /// <summary>Nothing came while a heavy stream was waited for.</summary>
    public void GapSeen() => _notBefore = FlushesAfterGap;

    private static int Partitions(List<PendingAppend> appends)
    {
        var slots = new HashSet<int>();
        foreach (var append in appends)
            slots.Add(append.Slot);
        return slots.Count;
    }
}

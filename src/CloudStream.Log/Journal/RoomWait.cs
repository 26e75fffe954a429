using System.Globalization;
using CloudStream.Log.Health;

namespace CloudStream.Log.Journal;

/// <summary>
/// The wait of a shard's commits for room in its ring: wakes the committer now and then, so that it sees what others have made, and says
/// what is wrong when it lasts. Used by the committer alone.
/// </summary>
internal sealed class RoomWait(ShardContext context, Action wake)
{
    /// <summary>The first pause; each is twice as long as the one before.</summary>
    public static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(20);

    private static readonly TimeSpan s_longestPause = TimeSpan.FromSeconds(1);

    // A checkpoint that is on its way is nothing to tell.
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(1);

    private ITimer? _timer;
    private TimeSpan _pause = FirstPause;
    private long? _fullSince;
    private bool _isArmed;
    private volatile bool _isDue;

    /// <summary>Whether something waits.</summary>
    public bool IsArmed => _isArmed;

    /// <summary>Whether a pause is over.</summary>
    public bool IsDue => _isDue;

    private string Key => context.Number.ToString(CultureInfo.InvariantCulture);

    /// <summary>Something waits, or goes on waiting.</summary>
    /// <param name="isFull">Whether for room; otherwise it only has to be tried again.</param>
    public void Wait(bool isFull)
    {
        if (!isFull)
            NotFull();
        else if (_fullSince is null)
        {
            _fullSince = context.Runtime.Time.GetTimestamp();
            context.Metrics.JournalFull.Add(1);
        }
        else if (context.Runtime.Time.GetElapsedTime(_fullSince.Value) >= s_patience)
        {
            var held = context.IsCoordinator ? "commits of groups" : "records";
            context.Troubles.Met(TroubleKind.JournalFull, Key,
                $"Shard {context.Number} takes no {held}: its journal is full until a checkpoint can be written.");
        }

        if (_isArmed && !_isDue)
            return;
        _pause = !_isArmed ? FirstPause : _pause * 2 < s_longestPause ? _pause * 2 : s_longestPause;
        (_isArmed, _isDue) = (true, false);
        _timer ??= context.Runtime.Time.CreateTimer(
            static wait => ((RoomWait)wait!).PauseOver(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        _timer.Change(_pause, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Nothing waits any more.</summary>
    public void Over()
    {
        (_isArmed, _isDue) = (false, false);
        _timer!.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        NotFull();
    }

    /// <summary>Wakes nobody any more.</summary>
    public void Stop() => _timer?.Dispose();

    private void NotFull()
    {
        if (_fullSince is null)
            return;
        _fullSince = null;
        context.Troubles.Over(TroubleKind.JournalFull, Key);
    }

    private void PauseOver()
    {
        _isDue = true;
        wake();
    }
}

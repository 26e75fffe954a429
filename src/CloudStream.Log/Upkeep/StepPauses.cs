namespace CloudStream.Log.Upkeep;

/// <summary>
/// How long each step of upkeep waits after failures: not at all after the first, then longer and longer, a minute at last. Used by one
/// tick at a time.
/// </summary>
internal sealed class StepPauses(TimeProvider time)
{
    private static readonly TimeSpan s_first = TimeSpan.FromSeconds(2), s_longest = TimeSpan.FromMinutes(1);
    private readonly (int Failures, long At)[] _steps = new (int, long)[Enum.GetValues<UpkeepStep>().Length];

    /// <summary>Whether it is too early to try the step again.</summary>
    public bool IsPaused(UpkeepStep step)
    {
        var (failures, at) = _steps[(int)step];
        return failures > 1 && time.GetElapsedTime(at) < PauseAfter(failures);
    }

    /// <summary>The step has failed.</summary>
    public void Failed(UpkeepStep step) => _steps[(int)step] = (_steps[(int)step].Failures + 1, time.GetTimestamp());

    /// <summary>The step has ended well.</summary>
    /// <returns>Whether it had failed before.</returns>
    public bool Succeeded(UpkeepStep step)
    {
        var hadFailed = _steps[(int)step].Failures > 0;
        _steps[(int)step] = default;
        return hadFailed;
    }

    private static TimeSpan PauseAfter(int failures)
    {
        var pause = s_first * Math.Pow(2, Math.Min(failures - 2, 10));
        return pause < s_longest ? pause : s_longest;
    }
}

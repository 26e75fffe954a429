using System.Diagnostics;

namespace CloudStream.Cli.Bench.Measuring;

/// <summary>Keeps a sender from being early.</summary>
internal static class Pace
{
    /// <summary>
    /// Waits until <paramref name="due"/> has passed since <paramref name="start"/>, a timestamp; not for less than a millisecond, which
    /// timers cannot wait for.
    /// </summary>
    public static async ValueTask UntilAsync(long start, TimeSpan due, CancellationToken cancellationToken)
    {
        TimeSpan early = due - Stopwatch.GetElapsedTime(start);
        if (early > TimeSpan.FromMilliseconds(1))
            await Task.Delay(early, cancellationToken);
    }
}

using System.Numerics;

namespace CloudStream.Cli.Bench.Measuring;

/// <summary>
/// Counts durations in logarithmic steps with a relative error below 1 in 64, from a microsecond to hours, in fixed memory; percentiles are
/// the upper ends of their steps. One writer at a time; merge per-worker histograms at the end.
/// </summary>
internal sealed class LatencyHistogram
{
    private const int SubBits = 6;
    private const int SubSteps = 1 << SubBits;
    private readonly long[] _counts = new long[(64 - SubBits + 1) * SubSteps];

    public long Count { get; private set; }

    public long MaxMicroseconds { get; private set; }

    public void Record(TimeSpan duration) => Record(Math.Max(0, (long)duration.TotalMicroseconds));

    public void Record(long microseconds)
    {
        _counts[Step(microseconds)]++;
        Count++;
        MaxMicroseconds = Math.Max(MaxMicroseconds, microseconds);
    }

    public void Add(LatencyHistogram other)
    {
        for (int i = 0; i < _counts.Length; i++)
            _counts[i] += other._counts[i];
        Count += other.Count;
        MaxMicroseconds = Math.Max(MaxMicroseconds, other.MaxMicroseconds);
    }

    /// <summary>The duration in microseconds that <paramref name="percent"/> of all are not above; 0 when there are none.</summary>
    public long Percentile(double percent)
    {
        long wanted = Math.Max(1, (long)Math.Ceiling(Count * percent / 100));
        long seen = 0;
        for (int i = 0; i < _counts.Length && Count > 0; i++)
        {
            seen += _counts[i];
            if (seen >= wanted)
                return Math.Min(UpperEnd(i), MaxMicroseconds);
        }

        return 0;
    }

    // Below 64 each value has its own step; above, each power of two has 64 steps.
    private static int Step(long value)
    {
        if (value < SubSteps)
            return (int)value;
        int shift = BitOperations.Log2((ulong)value) - SubBits;
        return (shift << SubBits) + (int)(value >> shift);
    }

    private static long UpperEnd(int step)
    {
        if (step < 2 * SubSteps)
            return step;
        int shift = (step >> SubBits) - 1;
        long lower = (long)(step - (shift << SubBits)) << shift;
        return lower + (1L << shift) - 1;
    }
}

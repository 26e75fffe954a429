using CloudStream.Cli.Bench.Measuring;

namespace CloudStream.Cli.Tests.Bench;

public sealed class LatencyHistogramTests
{
    [Fact]
    public void PercentilesOfNothingAreZero() =>
    Assert.Equal((0, 0), (new LatencyHistogram().Percentile(50), new LatencyHistogram().MaxMicroseconds));

    [Fact]
    public void SmallValuesAreExact()
    {
        var histogram = new LatencyHistogram();
        for (int i = 1; i <= 100; i++)
            histogram.Record(i);
        Assert.Equal((1, 50, 99, 100, 100),
            (histogram.Percentile(0), histogram.Percentile(50), histogram.Percentile(99), histogram.Percentile(100), histogram.Count));
    }

    [Theory]
    [InlineData(0L)]
    [InlineData(63L)]
    [InlineData(64L)]
    [InlineData(127L)]
    [InlineData(128L)]
    [InlineData(12_345L)]
    [InlineData(999_999_999L)]
    [InlineData(long.MaxValue)]
    public void AStepIsNeverBelowItsValueAndAtMostASixtyFourthAbove(long value)
    {
        var histogram = new LatencyHistogram();
        histogram.Record(value);
        histogram.Record(long.MaxValue);
        long reported = histogram.Percentile(50);
        Assert.InRange(reported, value, value + Math.Min(value / 64, long.MaxValue - value));
    }

    [Fact]
    public void HistogramsOfWorkersAddUp()
    {
        var a = new LatencyHistogram();
        var b = new LatencyHistogram();
        a.Record(10);
        b.Record(30);
        b.Record(20);
        a.Add(b);
        Assert.Equal((3, 20, 30), (a.Count, a.Percentile(50), a.MaxMicroseconds));
    }
}

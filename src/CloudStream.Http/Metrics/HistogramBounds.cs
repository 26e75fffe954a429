using System.Diagnostics.Metrics;

namespace CloudStream.Http.Metrics;

/// <summary>Buckets of histograms: what the instrument advises, otherwise fixed by its unit.</summary>
internal static class HistogramBounds
{
    private static readonly double[] Seconds = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];
    private static readonly double[] Milliseconds = [0.5, 1, 2.5, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10_000, 30_000];
    private static readonly double[] Bytes = [256, 1024, 4096, 16_384, 65_536, 262_144, 1_048_576, 4_194_304, 16_777_216, 67_108_864];
    private static readonly double[] Numbers = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 10_000, 100_000];

    public static double[] For(Instrument instrument) => Advised(instrument) ?? instrument.Unit switch
    {
        "s" => Seconds,
        "ms" => Milliseconds,
        "By" => Bytes,
        _ => Numbers,
    };

    private static double[]? Advised(Instrument instrument) => instrument switch
    {
        Histogram<double> h => h.Advice?.HistogramBucketBoundaries?.ToArray(),
        Histogram<float> h => h.Advice?.HistogramBucketBoundaries?.Select(b => (double)b).ToArray(),
        Histogram<long> h => h.Advice?.HistogramBucketBoundaries?.Select(b => (double)b).ToArray(),
        Histogram<int> h => h.Advice?.HistogramBucketBoundaries?.Select(b => (double)b).ToArray(),
        _ => null,
    };
}

using System.Diagnostics.Metrics;
using CloudStream.Http.Face;
using Microsoft.Extensions.Logging;

namespace CloudStream.Http.Metrics;

/// <summary>
/// All series of one instrument. Looking one up takes no lock and allocates nothing. Bounded: past the limit measurements share one series.
/// Thread-safe.
/// </summary>
internal sealed class SeriesTable(Instrument instrument, SeriesKind kind, ILogger logger)
{
    private const int MaxSeries = 1000;

    private static readonly KeyValuePair<string, object?>[] OverflowTags = [new("overflow", "true")];

    private readonly Lock _lock = new();
    private Dictionary<int, Series[]> _byHash = [];
    private int _count;
    private Series? _overflow;

    public Instrument Instrument { get; } = instrument;

    public SeriesKind Kind { get; } = kind;

    /// <summary>Upper bounds of histogram buckets, ascending.</summary>
    public double[] Bounds { get; } = kind == SeriesKind.Histogram ? HistogramBounds.For(instrument) : [];

    public IEnumerable<Series> All =>
        Volatile.Read(ref _byHash).Values.SelectMany(s => s).Concat(_overflow is { } overflow ? [overflow] : []);

    public Series Get(ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var hash = SeriesTags.Hash(tags);
        return Find(Volatile.Read(ref _byHash), hash, tags) ?? Add(hash, tags);
    }

    /// <summary>Takes a measurement.</summary>
    public void Measure(double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var series = Get(tags);
        switch (Kind)
        {
            case SeriesKind.Histogram:
                series.Record(value);
                break;
            case SeriesKind.Gauge or SeriesKind.ObservedTotal:
                series.Set(value);
                break;
            default:
                series.Add(value);
                break;
        }
    }

    private static Series? Find(Dictionary<int, Series[]> byHash, int hash, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        if (!byHash.TryGetValue(hash, out var candidates))
            return null;
        foreach (var series in candidates)
        {
            if (SeriesTags.AreSame(series.Tags, tags))
                return series;
        }

        return null;
    }

    private Series Add(int hash, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        lock (_lock)
        {
            if (Find(_byHash, hash, tags) is { } found)
                return found;
            if (_count == MaxSeries)
                return _overflow ??= Overflow();
            var series = new Series(tags.ToArray(), Bounds);

            // Readers go on with the old dictionary; series are added seldom.
            var next = new Dictionary<int, Series[]>(_byHash);
            next[hash] = next.TryGetValue(hash, out var others) ? [.. others, series] : [series];
            Volatile.Write(ref _byHash, next);
            _count++;
            return series;
        }
    }

    private Series Overflow()
    {
        HttpLog.TooManySeries(logger, Instrument.Name, MaxSeries);
        return new Series(OverflowTags, Bounds);
    }
}

namespace CloudStream.Http.Metrics;

/// <summary>One time series: its tags and what has been measured. Thread-safe.</summary>
internal sealed class Series(KeyValuePair<string, object?>[] tags, double[] bounds)
{
    private readonly Lock _lock = new();
    private readonly long[] _buckets = new long[bounds.Length + 1];
    private double _sum;
    private long _count;

    public KeyValuePair<string, object?>[] Tags { get; } = tags;

    /// <summary>Adds to a counter or up-down counter.</summary>
    public void Add(double value)
    {
        lock (_lock)
            _sum += value;
    }

    /// <summary>Sets a gauge, or the total that an observable counter reports.</summary>
    public void Set(double value)
    {
        lock (_lock)
            _sum = value;
    }

    /// <summary>Adds a measurement to a histogram.</summary>
    public void Record(double value)
    {
        var bucket = 0;
        while (bucket < bounds.Length && value > bounds[bucket])
            bucket++;
        lock (_lock)
        {
            _buckets[bucket]++;
            _count++;
            _sum += value;
        }
    }

    /// <summary>A consistent copy: buckets are not cumulated.</summary>
    public (double Sum, long Count, long[] Buckets) Read()
    {
        lock (_lock)
            return (_sum, _count, [.. _buckets]);
    }
}

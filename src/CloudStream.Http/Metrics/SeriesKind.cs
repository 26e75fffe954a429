namespace CloudStream.Http.Metrics;

/// <summary>What an instrument's measurements mean.</summary>
internal enum SeriesKind
{
    /// <summary>Increments; never goes down.</summary>
    Counter,

    /// <summary>A total as it stands; never goes down.</summary>
    ObservedTotal,

    /// <summary>Increments that may be negative.</summary>
    UpDown,

    /// <summary>The value as it stands.</summary>
    Gauge,

    /// <summary>Measurements sorted into buckets.</summary>
    Histogram,
}

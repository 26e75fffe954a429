using CloudStream.Proof;

namespace CloudStream.Cli.Tests.Faults;

/// <summary>
/// A history that clients on many threads write to. The clock counts events, so that it orders what happened one after the other.
/// </summary>
internal sealed class SharedHistory
{
    private readonly Lock _lock = new();
    private long _tick;

    public SharedHistory() => Events = new History(Tick);

    /// <summary>Everything so far; to be read when nobody writes any more.</summary>
    public History Events { get; }

    public long Tick() => Interlocked.Increment(ref _tick);

    public AppendRecord Begin(string client, int partition, string value, bool isIdempotent = false, long expectedOffset = -1)
    {
        lock (_lock)
            return Events.Begin(client, partition, [value], isIdempotent, expectedOffset);
    }

    public void Observe(Observation observation)
    {
        lock (_lock)
            Events.Observations.Add(observation);
    }
}

using System.Diagnostics.Metrics;

namespace CloudStream.Log.Cache;

/// <summary>The read path's instruments.</summary>
internal sealed class FetchMetrics(Meter meter)
{
    private readonly Counter<long> _hits = meter.CreateCounter<long>(
        "cloudstream.fetch.cache.hits", "{block}", "Blocks found in the read cache.");
    private readonly Counter<long> _misses = meter.CreateCounter<long>(
        "cloudstream.fetch.cache.misses", "{block}", "Blocks that readers had to wait for.");
    private readonly Counter<long> _reads = meter.CreateCounter<long>(
        "cloudstream.fetch.object.reads", "{read}", "Reads from the object store, retries included.");
    private readonly Counter<long> _bytes = meter.CreateCounter<long>(
        "cloudstream.fetch.object.io", "By", "Bytes read from the object store.");
    private readonly Counter<long> _retries = meter.CreateCounter<long>(
        "cloudstream.fetch.object.retries", "{read}", "Reads repeated after a transient failure.");
    private readonly Counter<long> _corrupt = meter.CreateCounter<long>(
        "cloudstream.fetch.corrupt", "{block}", "Blocks whose stored bytes failed their checks.");
    private readonly Counter<long> _missing = meter.CreateCounter<long>(
        "cloudstream.fetch.object.missing", "{object}", "Objects that the index named and the store did not have.");
    private readonly Counter<long> _ahead = meter.CreateCounter<long>(
        "cloudstream.fetch.readahead.started", "{block}", "Blocks whose load began before a reader wanted them.");
    private readonly Counter<long> _aheadFailed = meter.CreateCounter<long>(
        "cloudstream.fetch.readahead.failed", "{failure}", "Read-ahead that failed; the reader will see why.");

    /// <summary>Shows how much the cache holds.</summary>
    public void Observe(BlockCache cache) =>
        meter.CreateObservableUpDownCounter("cloudstream.fetch.cache.usage", () => cache.Bytes, "By", "Bytes held by the read cache.");

    public void Hit() => _hits.Add(1);

    public void Miss() => _misses.Add(1);

    public void ObjectRead() => _reads.Add(1);

    public void BytesRead(int bytes) => _bytes.Add(bytes);

    public void Retry() => _retries.Add(1);

    public void Corrupt() => _corrupt.Add(1);

    public void Missing() => _missing.Add(1);

    public void AheadStarted() => _ahead.Add(1);

    public void AheadFailed() => _aheadFailed.Add(1);
}

using CloudStream.Log.Cache;
using CloudStream.Log.Calls;
using CloudStream.Log.Chunks;
using CloudStream.Log.Flushes;
using CloudStream.Log.Index;
using CloudStream.Log.Memory;
using CloudStream.Log.Options;
using CloudStream.Log.Positions;
using CloudStream.Log.Reading;
using CloudStream.Log.Runtime;
using CloudStream.Log.Waiting;
using CloudStream.Storage.Objects;
using Microsoft.Extensions.Logging;

namespace CloudStream.Log.Shards;

/// <summary>
/// The read path of a broker: fetches and offset look-ups over all its shards, with one cache and one budget for reading history.
/// Thread-safe. Dispose it after the last call has ended.
/// </summary>
internal sealed class LogReader : IAsyncDisposable
{
    private readonly BlockCache _cache;
    private readonly ReadAhead _ahead;
    private readonly OffsetLookup _offsets;
    private readonly EpochSearch _epochs;

    public LogReader(LogOptions options, BrokerRuntime runtime, IObjectStore store, DamageReporter damage, ByteBudget decoding,
        TailMemory tail)
    {
        var metrics = new FetchMetrics(runtime.Meter);
        var budget = new HistoryBudget(options.MaxHistoryReads, options.CacheBytes / 2);
        var reads = new ObjectReads(store, runtime, metrics);
        _cache = new BlockCache(options.CacheBytes, budget, reads, metrics, runtime.Loggers.CreateLogger<BlockCache>(), runtime.Time)
        {
            Healed = damage.Healed
        };
        metrics.Observe(_cache);
        var chunks = new ChunkReader(_cache, tail);
        var wait = new EndOfLogWait(options, runtime.Time);
        Pages = new IndexPageReader(_cache);
        _ahead = new ReadAhead(Pages, chunks, _cache, metrics);
        var reader = new PartitionReader(Pages, chunks, _ahead);
        Several = new FetchReader(options, runtime.Time, reader, wait, damage);
        _epochs = new EpochSearch(Pages, reader, wait);
        Losses = new LossAcceptance(reader, _cache, wait, runtime);
        _offsets = new OffsetLookup(new TimestampSearch(Pages, chunks, reader, new BatchTimestamps(decoding, runtime.Time)), wait);
    }

    /// <summary>Finds slices, through index pages where they are old.</summary>
    public IndexPageReader Pages { get; }

    /// <summary>Gives up what cannot be read.</summary>
    public LossAcceptance Losses { get; }

    /// <summary>Fetches from several partitions at once.</summary>
    public FetchReader Several { get; }

    /// <summary>Fetches whole batches from the one that contains <paramref name="offset"/>. The caller disposes the result.</summary>
    public async ValueTask<FetchResult> FetchAsync(
        IShardLog shard, PartitionId id, long offset, FetchOptions options, CancellationToken cancellationToken) =>
            (await Several.FetchAsync([new FetchTarget(shard, id, offset, options.MaxBytes)], options, cancellationToken))[0];

    /// <summary>Answers earliest, latest, by-timestamp and max-timestamp look-ups.</summary>
    public ValueTask<OffsetResult> ListOffsetAsync(
        IShardLog shard, PartitionId id, OffsetSpec spec, int maxDecompressedBytes, CancellationToken cancellationToken) =>
        _offsets.ListAsync(shard, id, spec, maxDecompressedBytes, cancellationToken);

    /// <summary>Where the records of a leader epoch end.</summary>
    public ValueTask<OffsetResult> FindEpochEndAsync(IShardLog shard, PartitionId id, int epoch, CancellationToken cancellationToken) =>
        _epochs.FindEndAsync(shard, id, epoch, cancellationToken);

    /// <summary>Stops read-ahead and loads, and frees the cache.</summary>
    public async ValueTask DisposeAsync()
    {
        await _ahead.DisposeAsync();
        await _cache.DisposeAsync();
    }
}

using CloudStream.Log.Health;
using CloudStream.Log.Options;
using CloudStream.Log.Runtime;
using CloudStream.Storage;
using CloudStream.Storage.Objects;

namespace CloudStream.Log.Upkeep;

/// <summary>
/// Looks after one shard while this broker holds it. Each step is safe by itself: it may be cut off anywhere, and another broker may do
/// the same at the same time. Not thread-safe: one tick at a time.
/// </summary>
internal sealed class ShardUpkeep
{
    // A tick that goes on longer would keep other shards waiting; what is left is done by the next one.
    private const int MaxRunsPerStep = 16;

    private readonly IUpkeepShard _shard;
    private readonly UpkeepMetrics _metrics;
    private readonly Troubles _troubles;
    private readonly StepPauses _pauses;
    private readonly Merger _merger;
    private readonly PageWriter _pageWriter;
    private readonly Retention _retention;
    private readonly TrashCollector _trash;
    private readonly ProducerExpiry _producers;

    public ShardUpkeep(
        IUpkeepShard shard,
        IObjectStore store,
        BrokerRuntime runtime,
        LogOptions options,
        UpkeepMetrics metrics,
        Troubles troubles,
        Func<Guid, RetentionPolicy?> policies)
    {
        _troubles = troubles;
        _pauses = new StepPauses(runtime.Time);
        var pages = new PageStore(store, shard.Number);
        _shard = shard;
        _metrics = metrics;
        _merger = new Merger(shard, store, runtime, metrics, troubles.Damage, options.IndexSizes);
        _pageWriter = new PageWriter(shard, pages, runtime, metrics, options.IndexSizes);
        Trimmer = new LogTrimmer(shard, pages, runtime, metrics);
        _retention = new Retention(policies, shard, pages, Trimmer, troubles.Damage, runtime, options.RetentionCheckInterval);
        _trash = new TrashCollector(shard, store, pages, runtime, metrics, options.TrashGrace);
        _producers = new ProducerExpiry(shard, runtime, options.ProducerIdExpiration);
    }

    /// <summary>The shard.</summary>
    public IUpkeepShard Shard => _shard;

    /// <summary>Moves log starts; for delete-records too.</summary>
    public LogTrimmer Trimmer { get; }

    /// <summary>Does what is due; true when there may be more to do at once.</summary>
    public async ValueTask<bool> TickAsync(CancellationToken cancellationToken)
    {
        var isBusy = await RunAsync(UpkeepStep.Retention, OnceAsync(_retention.RunAsync), cancellationToken);
        isBusy |= await RunAsync(UpkeepStep.Merge, _merger.RunOnceAsync, cancellationToken);
        isBusy |= await RunAsync(UpkeepStep.Pages, stop => _pageWriter.RunOnceAsync(_merger.LeftAlone, stop), cancellationToken);
        isBusy |= await RunAsync(UpkeepStep.Trash, _trash.RunOnceAsync, cancellationToken);
        isBusy |= await RunAsync(UpkeepStep.Producers, OnceAsync(_producers.RunAsync), cancellationToken);
        return isBusy;
    }

    private static Func<CancellationToken, ValueTask<bool>> OnceAsync(Func<CancellationToken, ValueTask> step) => async stop =>
    {
        await step(stop);
        return false;
    };

    private async ValueTask<bool> RunAsync(
        UpkeepStep step, Func<CancellationToken, ValueTask<bool>> once, CancellationToken cancellationToken)
    {
        if (_pauses.IsPaused(step))
            return false;
        try
        {
            for (var runs = 0; runs < MaxRunsPerStep; runs++)
            {
                if (!_shard.IsHeld || !await once(cancellationToken))
                {
                    Succeeded(step);
                    return false;
                }
            }

            Succeeded(step);
            return true;
        }
        catch (StoreException e)
        {
            _metrics.Failed(step);
            _pauses.Failed(step);
            _troubles.Met(TroubleKind.Upkeep, KeyOf(step), $"{step} of shard {_shard.Number} fails and is tried again: {e.Message}.");
            return false;
        }
    }

    private void Succeeded(UpkeepStep step)
    {
        _metrics.Succeeded(step);
        if (_pauses.Succeeded(step))
            _troubles.Over(TroubleKind.Upkeep, KeyOf(step));
    }

    private string KeyOf(UpkeepStep step) => $"{_shard.Number}/{step}";
}

using CloudStream.Log.Health;
using CloudStream.Log.Options;
using CloudStream.Log.Runtime;
using CloudStream.Storage;
using CloudStream.Storage.Objects;
using Microsoft.Extensions.Logging;

namespace CloudStream.Log.Upkeep;

/// <summary>
/// One broker's upkeep: one loop that visits its shards in turn, so that the memory of a merge is needed once, and sweeps for orphans now
/// and then.
/// </summary>
internal sealed class BrokerUpkeep : IAsyncDisposable
{
    private readonly IReadOnlyList<ShardUpkeep> _shards;
    private readonly BrokerRuntime _runtime;
    private readonly LogOptions _options;
    private readonly UpkeepMetrics _metrics;
    private readonly OrphanSweep _sweep;
    private readonly ILogger _log;
    private readonly BackgroundLoop _loop;
    private long _sweptAt;
    private TimeSpan _sweepPause;

    private BrokerUpkeep(
        IEnumerable<IUpkeepShard> shards,
        IObjectStore store,
        BrokerRuntime runtime,
        LogOptions options,
        UpkeepMetrics metrics,
        Troubles troubles,
        Func<Guid, RetentionPolicy?> policies)
    {
        _runtime = runtime;
        _options = options;
        _metrics = metrics;
        _shards = [.. shards.Select(s => new ShardUpkeep(s, store, runtime, options, _metrics, troubles, policies))];
        _sweep = new OrphanSweep(store, runtime, _metrics);
        _log = runtime.Loggers.CreateLogger<BrokerUpkeep>();
        _sweptAt = runtime.Time.GetTimestamp();

        // A broker that never lives for a whole interval sweeps some time all the same, and brokers that start together do not sweep
        // together.
        _sweepPause = options.SweepInterval * runtime.Random.NextDouble();
        _loop = BackgroundLoop.Start("upkeep", _log, RunAsync);
    }

    /// <summary>Starts the loop. Nothing is done for shards that are not held.</summary>
    public static BrokerUpkeep Start(
        IEnumerable<IUpkeepShard> shards,
        IObjectStore store,
        BrokerRuntime runtime,
        LogOptions options,
        UpkeepMetrics metrics,
        Troubles troubles,
        Func<Guid, RetentionPolicy?> policies) =>
        new(shards, store, runtime, options, metrics, troubles, policies);

    /// <summary>Stops the loop and waits for it.</summary>
    public ValueTask DisposeAsync() => _loop.DisposeAsync();

    private async Task RunAsync(CancellationToken stopping)
    {
        while (true)
        {
            await Task.Delay(_options.UpkeepInterval, _runtime.Time, stopping);
            for (var isBusy = true; isBusy;)
            {
                isBusy = false;
                foreach (var shard in _shards)
                    isBusy |= await TickAsync(shard, stopping);
            }

            if (_runtime.Time.GetElapsedTime(_sweptAt) >= _sweepPause)
                await SweepAsync(stopping);
        }
    }

    // A defect in one shard's upkeep must not end that of the others.
    private async ValueTask<bool> TickAsync(ShardUpkeep shard, CancellationToken stopping)
    {
        try
        {
            return await shard.TickAsync(stopping);
        }
        catch (Exception e) when (e is not OperationCanceledException || !stopping.IsCancellationRequested)
        {
            UpkeepLog.TickFailed(_log, shard.Shard.Number, e);
            return false;
        }
    }

    private async ValueTask SweepAsync(CancellationToken stopping)
    {
        _sweptAt = _runtime.Time.GetTimestamp();
        _sweepPause = _options.SweepInterval;
        try
        {
            if (await _sweep.RunAsync([.. _shards.Select(s => s.Shard)], stopping))
                _metrics.Succeeded(UpkeepStep.Sweep);
        }
        catch (Exception e) when (e is not OperationCanceledException || !stopping.IsCancellationRequested)
        {
            _metrics.Failed(UpkeepStep.Sweep);
            UpkeepLog.SweepFailed(_log, e);
        }
    }
}

using CloudStream.Log.Entries;
using CloudStream.Log.Journal;
using CloudStream.Log.Runtime;
using CloudStream.Log.Shards;
using CloudStream.Log.State;
using CloudStream.Storage;
using Microsoft.Extensions.Logging;

namespace CloudStream.Cluster.Brokers;

/// <summary>
/// Takes the leases of the shards that this broker should hold, hands over those that it should not, and steps down when its id was taken.
/// Leases only keep writers out of each other's way: whoever is wrong about them loses a compare-and-swap and no data.
/// </summary>
internal sealed partial class LeaseKeeper : IAsyncDisposable
{
    private readonly Func<BrokerRegistry> _newRegistry;
    private readonly IReadOnlyList<Shard> _shards;
    private readonly LeaseIdentity _identity;
    private readonly BrokerRuntime _runtime;
    private readonly ILogger _log;
    private BrokerRegistry _registry;
    private readonly Action<Exception>? _onDefect;
    private readonly Task[] _placing;
    private readonly bool[] _failing;
    private BackgroundLoop? _loop;

    public LeaseKeeper(Func<BrokerRegistry> newRegistry, IReadOnlyList<Shard> shards, LeaseIdentity identity, BrokerRuntime runtime,
        Action<Exception>? onDefect = null)
    {
        _onDefect = onDefect;
        (_newRegistry, _shards, _identity, _runtime) = (newRegistry, shards, identity, runtime);
        _registry = newRegistry();
        _placing = [.. shards.Select(_ => Task.CompletedTask)];
        _failing = new bool[shards.Count];
        _log = runtime.Loggers.CreateLogger<LeaseKeeper>();
    }

    /// <summary>This broker's id; -1 before it joined.</summary>
    public int BrokerId => Volatile.Read(ref _registry).BrokerId;

    /// <summary>Who lives, by id.</summary>
    public IReadOnlyList<BrokerInfo> LiveBrokers => Volatile.Read(ref _registry).LiveBrokers;

    /// <summary>Joins the cluster and begins to take leases.</summary>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        await JoinAsync(cancellationToken);
        _loop = BackgroundLoop.Start("lease keeper", _log, RunAsync, _onDefect);
    }

    /// <summary>Releases every lease and leaves, so that others need not wait for a lease to expire.</summary>
    public async Task LeaveAsync(CancellationToken cancellationToken)
    {
        if (_loop is not null)
            await _loop.DisposeAsync();
        _loop = null;
        try
        {
            await Task.WhenAll(_shards.Where(s => s.IsHeld).Select(s => ReleaseAsync(s, cancellationToken)));
            await _registry.LeaveAsync(cancellationToken);
        }
        catch (StoreException e)
        {
            LogNotLeft(_log, e.Kind);
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_loop is not null)
            await _loop.DisposeAsync();
        _registry.Dispose();
    }

    private async Task JoinAsync(CancellationToken cancellationToken)
    {
        await _registry.JoinAsync(cancellationToken);
        _identity.Become(_registry.Incarnation, () => _registry.IsFresh);
    }

    private async Task RunAsync(CancellationToken stopping)
    {
        try
        {
            while (true)
            {
                for (var looks = 1; looks <= _registry.LooksPerTick; looks++)
                {
                    await BeginPlacingAsync(stopping);
                    await Task.Delay(_registry.LookInterval, _runtime.Time, stopping);
                    if (looks < _registry.LooksPerTick)
                        await TryAsync(LookAsync, stopping);
                }

                await TryAsync(TickAsync, stopping);
            }
        }
        finally
        {
            await Task.WhenAll(_placing);
        }
    }

    private Task LookAsync(CancellationToken stopping) => _registry.LookAsync(stopping);

    private async Task TickAsync(CancellationToken stopping)
    {
        // A join that failed after this broker was deposed is made up for here.
        if (_registry.BrokerId < 0)
            await JoinAsync(stopping);
        await _registry.TickAsync(stopping);
        if (_registry.Deposed.IsCancellationRequested)
            await RejoinAsync(stopping);
    }

    private async Task TryAsync(Func<CancellationToken, Task> heartbeat, CancellationToken stopping)
    {
        try
        {
            await heartbeat(stopping);
        }
        catch (StoreException e)
        {
            LogTickFailed(_log, e.Kind);
        }
    }

    private async Task RejoinAsync(CancellationToken stopping)
    {
        var old = _registry;
        Volatile.Write(ref _registry, _newRegistry());
        old.Dispose();
        await JoinAsync(stopping);
    }

    // Each shard is placed by itself: one that is slow or refuses holds up neither the others nor the heartbeat, and is not begun again
    // before it is done.
    private async Task BeginPlacingAsync(CancellationToken stopping)
    {
        var live = LiveBrokers;
        for (var i = 0; i < _placing.Length; i++)
        {
            if (!_placing[i].IsCompleted)
                continue;
            await _placing[i]; // A defect ends the loop and is told; store failures were dealt with.
            _placing[i] = PlaceAsync(i, live, stopping);
        }
    }

    private async Task PlaceAsync(int index, IReadOnlyList<BrokerInfo> live, CancellationToken stopping)
    {
        var shard = _shards[index];
        try
        {
            var wanted = Placement.HolderOf(shard.Number, live);
            if (shard.IsHeld && wanted >= 0 && wanted != BrokerId)
                await ReleaseAsync(shard, stopping);
            else if (!shard.IsHeld && wanted == BrokerId)
                await TakeAsync(shard, live, stopping);
            if (_failing[index])
                LogPlacedAgain(_log, shard.Number);
            _failing[index] = false;
        }
        catch (StoreException e)
        {
            if (!_failing[index])
                LogNotPlaced(_log, shard.Number, e.Kind);
            _failing[index] = true;
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            // Whoever stops the loop releases what is held.
        }
    }

    // Only from nobody, or from a holder that has been silent for a whole lease or is proven dead. A live holder that should hand over does
    // so itself.
    private async Task TakeAsync(Shard shard, IReadOnlyList<BrokerInfo> live, CancellationToken stopping)
    {
        var seen = (await shard.RefreshAsync(stopping)).Holder;
        if (seen is not null && live.Any(b => b.Incarnation == seen))
            return;
        var outcome = await shard.SubmitAsync(
            state => state.Holder == seen ? new HolderEntry(NowMs, state.Epoch + 1, _identity.Incarnation) : null, stopping);
        if (outcome.State.Holder == _identity.Incarnation)
            LogTaken(_log, shard.Number, outcome.State.Epoch, seen ?? "nobody");
    }

    private async Task ReleaseAsync(Shard shard, CancellationToken stopping)
    {
        var outcome = await shard.SubmitAsync(Release, stopping);
        if (outcome.State.Holder != _identity.Incarnation)
            LogReleased(_log, shard.Number, outcome.State.Epoch);

        HolderEntry? Release(ShardState state) => state.Holder == _identity.Incarnation ? new HolderEntry(NowMs, state.Epoch, null) : null;
    }

    private long NowMs => _runtime.Time.GetUtcNow().ToUnixTimeMilliseconds();

    [LoggerMessage(2050, LogLevel.Information, "Took shard {Shard} at epoch {Epoch} from {Previous}")]
    private static partial void LogTaken(ILogger log, int shard, int epoch, string previous);

    [LoggerMessage(2051, LogLevel.Information, "Released shard {Shard} at epoch {Epoch}")]
    private static partial void LogReleased(ILogger log, int shard, int epoch);

    [LoggerMessage(2052, LogLevel.Warning, "A heartbeat failed ({Kind}); the next one tries again")]
    private static partial void LogTickFailed(ILogger log, StoreErrorKind kind);

    [LoggerMessage(2053, LogLevel.Warning, "Left without telling ({Kind}); others take over after a lease")]
    private static partial void LogNotLeft(ILogger log, StoreErrorKind kind);

    [LoggerMessage(2054, LogLevel.Warning,
        "Shard {Shard}: its lease can be neither taken nor released ({Kind}); each heartbeat tries again")]
    private static partial void LogNotPlaced(ILogger log, int shard, StoreErrorKind kind);

    [LoggerMessage(2055, LogLevel.Information, "Shard {Shard}: its lease can be changed again")]
    private static partial void LogPlacedAgain(ILogger log, int shard);
}

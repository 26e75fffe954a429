using System.Buffers.Text;
using System.Collections.Immutable;
using CloudStream.Cluster.Registers;
using CloudStream.Cluster.Settings;
using CloudStream.Log.Runtime;
using CloudStream.Storage;
using CloudStream.Storage.Metadata;
using CloudStream.Storage.Presence;
using Microsoft.Extensions.Logging;

namespace CloudStream.Cluster.Brokers;

/// <summary>
/// This broker among the brokers of its cluster: takes an id, shows that it lives, watches who else does. <see cref="JoinAsync"/>,
/// <see cref="LookAsync"/>, <see cref="TickAsync"/> and <see cref="LeaveAsync"/> are called one at a time by their owner (a loop that ticks
/// every <see cref="HeartbeatInterval"/>); everything else may be read from anywhere.
/// </summary>
internal sealed partial class BrokerRegistry : IDisposable
{
    private const int LooksPerBeat = 4;

    private readonly SettledRegisters _registers;
    private readonly BrokerOptions _options;
    private readonly BrokerRuntime _runtime;
    private readonly IDeathProof? _deathProof;
    private readonly BrokerWatch _watch;
    private readonly ILogger _log;
    private readonly CancellationTokenSource _deposed = new();
    private BrokerRegister _own = new("", HasLeft: true, 0, ImmutableSortedDictionary<string, string>.Empty);
    private long _version;
    private long _lastBeat;
    private int _joined;
    private ImmutableArray<BrokerInfo> _live = [];

    public BrokerRegistry(SettledRegisters registers, BrokerOptions options, BrokerRuntime runtime, IDeathProof? deathProof = null)
    {
        (_registers, _options, _runtime, _deathProof) = (registers, options, runtime, deathProof);
        _watch = new BrokerWatch(runtime.Time, options.Lease, deathProof);
        _log = runtime.Loggers.CreateLogger<BrokerRegistry>();
    }

    /// <summary>How far apart ticks should be.</summary>
    public TimeSpan HeartbeatInterval => _options.Lease / 3;

    /// <summary>How far apart looks should be: where deaths show at once, looking more often than beating finds them.</summary>
    public TimeSpan LookInterval => _deathProof is null ? HeartbeatInterval : HeartbeatInterval / LooksPerBeat;

    /// <summary>Looks from one tick to the next, that of the tick included.</summary>
    public int LooksPerTick => _deathProof is null ? 1 : LooksPerBeat;

    /// <summary>The id that was taken; -1 before <see cref="JoinAsync"/>.</summary>
    public int BrokerId { get; private set; } = -1;

    /// <summary>
    /// The name of this start as a lease holder: the id, a dot, a nonce, and where its death can be proven a dot and the process's
    /// instance.
    /// </summary>
    public string Incarnation => _own.Incarnation;

    /// <summary>
    /// Cancelled when another broker took this one's id, because it was silent for too long: it must stop holding leases.
    /// </summary>
    public CancellationToken Deposed => _deposed.Token;

    /// <summary>
    /// Whether the last sign of life is so young that nobody can have judged this broker silent. Counted from before the sign was sent,
    /// with a tenth of the lease to spare.
    /// </summary>
    public bool IsFresh =>
        Volatile.Read(ref _joined) != 0 && !_deposed.IsCancellationRequested
            && _runtime.Time.GetElapsedTime(Volatile.Read(ref _lastBeat)) < _options.Lease * 0.9;

    /// <summary>Who lives, this broker included once it has joined, by id.</summary>
    public ImmutableArray<BrokerInfo> LiveBrokers
    {
        get => ImmutableInterlocked.InterlockedCompareExchange(ref _live, default, default);
        private set => ImmutableInterlocked.InterlockedExchange(ref _live, value);
    }

    /// <summary>The id of the broker that a lease holder's name belongs to; -1 for nobody.</summary>
    public static int IdOf(string? incarnation) =>
        incarnation is not null && incarnation.IndexOf('.', StringComparison.Ordinal) is > 0 and var dot
            && int.TryParse(incarnation.AsSpan(0, dot), out var id) ? id : -1;

    /// <summary>The instance whose death is proven, that a lease holder's name ends with; null where there is none.</summary>
    public static string? InstanceOf(string incarnation) =>
        incarnation.IndexOf('.', StringComparison.Ordinal) is >= 0 and var first
            && incarnation.IndexOf('.', first + 1) is > 0 and var second
            ? incarnation[(second + 1)..]
            : null;

    /// <summary>
    /// Takes the configured id, or the one that was last reached at these addresses, or the lowest free one. A store that is away or
    /// throttles is waited for. An id of a broker that crashed and is not proven dead is not waited for, unless it is the configured one:
    /// then for a lease.
    /// </summary>
    /// <exception cref="InvalidOperationException">The configured id belongs to a broker that lives.</exception>
    public async Task JoinAsync(CancellationToken cancellationToken)
    {
        var began = _runtime.Time.GetTimestamp();
        while (!await TryJoinAsync(cancellationToken))
        {
            if (_runtime.Time.GetElapsedTime(began) >= 3 * _options.Lease && !_watch.IsFree(_options.BrokerId))
                throw new InvalidOperationException(
                    $"Broker id {_options.BrokerId} belongs to a broker that is alive; choose another, or -1 for a free one.");
            await Task.Delay(HeartbeatInterval / 4, _runtime.Time, cancellationToken);
        }

        LogJoined(_log, BrokerId, Incarnation);
    }

    /// <summary>Shows that this broker lives and looks who else does.</summary>
    /// <exception cref="StoreException">The store cannot be reached; the next tick tries again.</exception>
    public async Task TickAsync(CancellationToken cancellationToken)
    {
        if (_deposed.IsCancellationRequested)
            return;
        await BeatAsync(cancellationToken);
        await LookAsync(cancellationToken);
        foreach (var (id, version) in _watch.Abandoned().Where(a => a.Id != BrokerId))
        {
            if (await _registers.DeleteAsync(BrokerRegister.KeyOf(id), version, cancellationToken) is null)
                LogForgotten(_log, id);
        }
    }

    /// <summary>Looks who lives.</summary>
    /// <exception cref="StoreException">The store cannot be reached.</exception>
    public async Task LookAsync(CancellationToken cancellationToken)
    {
        var instances = _deathProof?.List() ?? []; // Before the registers: a broker that joins meanwhile is named there.
        _watch.Look(await _registers.ListAsync(BrokerRegister.Prefix, cancellationToken));
        LiveBrokers = _watch.Live();
        foreach (var instance in instances.Where(i => i != _deathProof!.Instance && !_watch.Names(i)))
            _deathProof!.Forget(instance);
    }

    /// <summary>Gives the id back, so that it is free at once.</summary>
    /// <exception cref="StoreException">The store cannot be reached; others find out after a lease.</exception>
    public async Task LeaveAsync(CancellationToken cancellationToken)
    {
        if (Interlocked.Exchange(ref _joined, 0) == 0 || _deposed.IsCancellationRequested)
            return;
        _own = _own with { HasLeft = true, Beat = _own.Beat + 1 };
        await _registers.PutAsync(BrokerRegister.KeyOf(BrokerId), _own.Encode(), _version, cancellationToken);
        LiveBrokers = LiveBrokers.RemoveAll(b => b.Id == BrokerId);
        _deathProof?.Forget(_deathProof.Instance); // The register says it.
    }

    public void Dispose() => _deposed.Dispose();

    private async Task<bool> TryJoinAsync(CancellationToken cancellationToken)
    {
        try
        {
            await LookAsync(cancellationToken);
            var endpoints = _options.Endpoints.ToImmutableSortedDictionary(StringComparer.Ordinal);
            var id = _options.BrokerId >= 0 ? _options.BrokerId : _watch.BestFree(endpoints);
            if (!_watch.IsFree(id))
                return false;
            var own = new BrokerRegister(NewIncarnation(id), HasLeft: false, 1, endpoints);
            var sent = _runtime.Time.GetTimestamp();
            var put = _watch.VersionOf(id) is > 0 and var seen
                ? await _registers.PutAsync(BrokerRegister.KeyOf(id), own.Encode(), seen, cancellationToken)
                : await _registers.CreateAsync(BrokerRegister.KeyOf(id), own.Encode(), cancellationToken);
            if (!put.Succeeded)
                return false;
            (BrokerId, _own, _version) = (id, own, put.Version);
            Volatile.Write(ref _lastBeat, sent);
            Volatile.Write(ref _joined, 1);
            await LookAsync(cancellationToken);
            return true;
        }
        catch (StoreException e) when (e.IsTransient)
        {
            LogWaiting(_log, e);
            return Volatile.Read(ref _joined) != 0;
        }
    }

    private string NewIncarnation(int id)
    {
        var name = $"{id}.{Base64Url.EncodeToString(_runtime.Random.NextGuid().ToByteArray())}";
        return _deathProof is null ? name : $"{name}.{_deathProof.Instance}";
    }

    private async Task BeatAsync(CancellationToken cancellationToken)
    {
        var beat = _own with { Beat = _own.Beat + 1 };
        var sent = _runtime.Time.GetTimestamp();
        var put = await _registers.PutAsync(BrokerRegister.KeyOf(BrokerId), beat.Encode(), _version, cancellationToken);
        if (!put.Succeeded)
        {
            if (put.Current is { } current && BrokerRegister.Decode(current).Incarnation != Incarnation)
            {
                LogDeposed(_log, BrokerId);
                _deposed.Cancel();
                return;
            }

            // Forgotten after a long silence, or overtaken by an earlier beat of its own: the id is still its own.
            put = await _registers.PutAsync(BrokerRegister.KeyOf(BrokerId), beat.Encode(), put.Version, cancellationToken);
            if (!put.Succeeded)
                return;
        }

        (_own, _version) = (beat, put.Version);
        Volatile.Write(ref _lastBeat, sent);
    }

    [LoggerMessage(2010, LogLevel.Information, "Joined the cluster as broker {BrokerId} ({Incarnation})")]
    private static partial void LogJoined(ILogger log, int brokerId, string incarnation);

    [LoggerMessage(2011, LogLevel.Error, "Broker id {BrokerId} was taken by another broker after too long a silence; this one steps down")]
    private static partial void LogDeposed(ILogger log, int brokerId);

    [LoggerMessage(2012, LogLevel.Information, "Broker {BrokerId} has been silent for three leases and is forgotten")]
    private static partial void LogForgotten(ILogger log, int brokerId);

    [LoggerMessage(2013, LogLevel.Warning, "Joining waits for the metadata store")]
    private static partial void LogWaiting(ILogger log, Exception failure);
}

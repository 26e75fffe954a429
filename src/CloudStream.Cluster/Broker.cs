using CloudStream.Cluster.Brokers;
using CloudStream.Cluster.Formation;
using CloudStream.Cluster.Groups;
using CloudStream.Cluster.Groups.Coordination;
using CloudStream.Cluster.Produce;
using CloudStream.Cluster.Producers;
using CloudStream.Cluster.Registers;
using CloudStream.Cluster.Settings;
using CloudStream.Cluster.Topics;
using CloudStream.Log.Flushes;
using CloudStream.Log.Health;
using CloudStream.Log.Journal;
using CloudStream.Log.Memory;
using CloudStream.Log.Reading;
using CloudStream.Log.Runtime;
using CloudStream.Log.Shards;
using CloudStream.Log.Upkeep;
using CloudStream.Storage;
using Microsoft.Extensions.Logging;

namespace CloudStream.Cluster;

/// <summary>
/// One broker: the log over two stores. It holds nothing that matters; killed at any moment, everything acknowledged is in the stores.
/// Faces call it through <see cref="IBroker"/>. Partial files: this one is its life; Requests what faces ask of it.
/// </summary>
public sealed partial class Broker : IBroker, IAsyncDisposable
{
    // Half-done topics are met by requests; this finishes those that nobody asks for. As often it is seen what settings other brokers
    // altered.
    private static readonly TimeSpan s_topicUpkeepInterval = TimeSpan.FromSeconds(5);

    private readonly BrokerOptions _options;
    private readonly BrokerStores _stores;
    private readonly BrokerRuntime _runtime;
    private readonly ILogger _log;
    private readonly Shard[] _shards; // First those of data, then the coordinators'.
    private readonly int _dataShards;
    private readonly LeaseIdentity _identity;
    private readonly TopicCatalog _topics;
    private readonly ProducerIds _producerIds;
    private readonly SettingsKeeper _settings;
    private readonly Appender _appender;
    private readonly LogReader _reader;
    private readonly LeaseKeeper? _leases;
    private readonly LogTrimmer[] _trimmers;
    private readonly UpkeepMetrics _upkeepMetrics;
    private readonly GroupCoordinator _groups;
    private readonly Troubles _troubles;
    private readonly TaskCompletionSource<Exception> _failed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private BrokerUpkeep? _upkeep;
    private BackgroundLoop? _topicUpkeep;
    private BackgroundLoop? _settingsUpkeep;
    private BackgroundLoop? _writeProbe;
    private long _partitionsSweptAt;
    private readonly CancellationTokenSource _groupsCut = new();
    private Task _groupsLeaving = Task.CompletedTask;
    private bool _isLeaving;
    private int _state = (int)Stage.Starting;

    private Broker(BrokerStores stores, BrokerOptions options, BrokerRuntime runtime, ClusterRegister cluster, LogMetrics metrics)
    {
        _troubles = new Troubles(runtime, NameOf);
        _options = options;
        _log = runtime.Loggers.CreateLogger<Broker>();
        ClusterId = cluster.ClusterId;
        _identity = new LeaseIdentity($"function.{runtime.Random.NextUInt64():x16}");
        var budget = new ByteBudget(options.MaxBufferedBytes);
        var tail = new TailMemory(options.TailMemoryBytes);
        var ring = options.AlterRing(cluster.Ring);
        _dataShards = cluster.Shards;
        var shardLog = runtime.Loggers.CreateLogger<Shard>();
        _shards = [.. Enumerable.Range(0, cluster.AllShards).Select(
            n => new Shard(new ShardContext(n, ring, stores, options, runtime, metrics, _identity, tail, shardLog)
            {
                OnDefect = OnDefect,
                Troubles = _troubles,
                IsCoordinator = n >= _dataShards
            }, budget))];
        _topics = new TopicCatalog(stores.Metadata, ShardAccess.Over(_dataShards, n => _shards[n]), options, runtime, metrics);
        var registers = new SettledRegisters(stores.Metadata, runtime, metrics);
        _producerIds = new ProducerIds(registers);
        _settings = new SettingsKeeper(options, registers, () => BrokerId);
        Memory = new BrokerMemory(options.MaxReceiveBytes, options.MaxSendBytes, options.MaxDecodeBytes, runtime.Meter);
        _reader = new LogReader(options, runtime, stores.Objects, new DamageReporter(_troubles.Damage), Memory.Decoding, tail);
        _appender = new Appender(_topics.ConfigOf, _shards, options, runtime, Memory.Decoding, _reader);
        _upkeepMetrics = new UpkeepMetrics(runtime);
        _trimmers = [.. _shards.Select(s => new LogTrimmer(s, new PageStore(stores.Objects, s.Number), runtime, _upkeepMetrics))];
        _runtime = runtime;
        _stores = stores;
        _partitionsSweptAt = runtime.Time.GetTimestamp();
        if (options.HoldLeases)
            _leases = new LeaseKeeper(() => new BrokerRegistry(registers, options, runtime, stores.DeathProof), _shards, _identity,
                runtime, OnDefect);
        var lookup = new CoordinatorLookup(_shards[_dataShards..], _leases is null ? null : Staying, _identity, registers);
        _groups = new GroupCoordinator(lookup, _topics, DescribePartitionsAsync, GroupSettings.Of(options), runtime);
    }

    private enum Stage
    {
        Starting,
        Running,
        Draining,
        Stopped,
    }

    /// <inheritdoc/>
    public BrokerMemory Memory { get; }

    /// <inheritdoc/>
    public string ClusterId { get; }

    /// <inheritdoc/>
    public int BrokerId => _leases?.BrokerId ?? -1;

    /// <inheritdoc/>
    public IReadOnlyList<BrokerInfo> LiveBrokers => _leases?.LiveBrokers ?? [];

    /// <inheritdoc/>
    public bool IsReady => Volatile.Read(ref _state) == (int)Stage.Running && !_failed.Task.IsCompleted;

    /// <inheritdoc/>
    public HealthReport Health => _troubles.Report();

    /// <summary>
    /// Completes when a defect has ended work that this broker cannot do without, with what was thrown. Nothing acknowledged is lost; end
    /// the process and start another one.
    /// </summary>
    public Task<Exception> Failed => _failed.Task;

    /// <inheritdoc/>
    public int MaxMessageBytes => BrokerSettings.MessageMaxBytes(_options);

    /// <inheritdoc/>
    public IGroups Groups => _groups;

    /// <inheritdoc/>
    public bool AutoCreateTopics => BrokerSettings.AutoCreateTopics(_options);

    /// <summary>
    /// Opens the cluster that the stores hold, creating it the first time, and joins it. Stores that are away or throttle are waited for.
    /// </summary>
    /// <exception cref="ArgumentException">An option is out of its range.</exception>
    /// <exception cref="StoreException">A store refuses, or holds what this version cannot read.</exception>
    public static async Task<Broker> StartAsync(
        BrokerStores stores, BrokerOptions options, BrokerRuntime runtime, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(stores);
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(runtime);
        options.Validate();
        var metrics = new LogMetrics(runtime.Meter);
        var cluster = await ClusterFormation.OpenAsync(stores, options, runtime, metrics, cancellationToken);
        var broker = new Broker(stores with { Objects = cluster.ObjectsIn(stores.Objects) }, options, runtime, cluster, metrics);
        try
        {
            await broker.OpenAsync(cancellationToken);
            return broker;
        }
        catch
        {
            await broker.DisposeAsync();
            throw;
        }
    }

    /// <summary>
    /// Says that this broker is about to drain, while its faces still answer: members of groups are sent away at once, and nobody is told
    /// any more that it leads or coordinates anything. Appends are still taken.
    /// </summary>
    public void BeginLeaving()
    {
        Volatile.Write(ref _isLeaving, true);
        _groupsLeaving = _groups.DrainAsync(_groupsCut.Token);
    }

    /// <summary>Waits until everything that has been accepted so far is committed, or given up.</summary>
    public Task FlushAsync(CancellationToken cancellationToken) => Task.WhenAll(_shards.Select(s => s.FlushAsync(cancellationToken)));

    /// <summary>
    /// Takes no more appends, commits what is buffered, hands its leases over and leaves the cluster. When
    /// <paramref name="cancellationToken"/> is cancelled the rest is abandoned; what was not acknowledged by then may or may not be in the
    /// log.
    /// </summary>
    public async Task DrainAsync(CancellationToken cancellationToken)
    {
        if (Interlocked.CompareExchange(ref _state, (int)Stage.Draining, (int)Stage.Running) != (int)Stage.Running)
            return;
        LogDraining(_log, BrokerId);
        await StopUpkeepAsync();
        await using (cancellationToken.UnsafeRegister(static cut => ((CancellationTokenSource)cut!).Cancel(), _groupsCut))
            await _groupsLeaving;
        await _groups.DrainAsync(cancellationToken);
        await FlushAsync(cancellationToken);
        if (_leases is not null && !cancellationToken.IsCancellationRequested)
            await _leases.LeaveAsync(cancellationToken);
        await Task.WhenAll(_shards.Select(s => s.DrainAsync(cancellationToken)));
    }

    /// <summary>Stops at once. Call <see cref="DrainAsync"/> before for a clean end.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _state, (int)Stage.Stopped) == (int)Stage.Stopped)
            return;
        await StopUpkeepAsync();
        await _groups.DisposeAsync();
        if (_leases is not null)
            await _leases.DisposeAsync();
        foreach (var shard in _shards)
            await shard.DisposeAsync();
        await _reader.DisposeAsync();
        _groupsCut.Dispose();
    }

    // Who may be named as a leader or a coordinator: whoever leaves names itself to nobody, who would only come back to it.
    private IReadOnlyList<BrokerInfo> Staying() =>
        Volatile.Read(ref _isLeaving) ? [.. LiveBrokers.Where(b => b.Id != BrokerId)] : LiveBrokers;

    private void OnDefect(Exception fault) => _failed.TrySetResult(fault);

    private async Task OpenAsync(CancellationToken cancellationToken)
    {
        await LoadShardsAsync(cancellationToken);
        if (_leases is not null)
        {
            await _settings.LoadAsync(_runtime, cancellationToken);
            await _leases.StartAsync(cancellationToken);
            _settings.Apply();
            _groups.StartUpkeep();
            _upkeep = BrokerUpkeep.Start(_shards, _stores.Objects, _runtime, _options, _upkeepMetrics, _troubles, RetentionOf);
            _settingsUpkeep = BackgroundLoop.Every(
                "altered settings", _log, _runtime.Time, s_topicUpkeepInterval, async stopping => await _settings.RefreshAsync(stopping));
            var probe = new WriteProbe(_stores, _shards[0], _troubles, _runtime);
            _writeProbe = BackgroundLoop.Every("write probe", _log, _runtime.Time, WriteProbe.Interval, probe.RunAsync);
            _topicUpkeep = BackgroundLoop.Every("topic upkeep", _log, _runtime.Time, s_topicUpkeepInterval, KeepTopicsAsync);
        }

        Volatile.Write(ref _state, (int)Stage.Running);
        LogStarted(_log, BrokerId, ClusterId, _dataShards);
    }

    // One that is damaged takes out its own partitions or groups alone. Where none of data can be read, or the stores refuse (they hold
    // what a newer version wrote, or registers from before what the objects hold), this is not the version, or not the place, to serve any.
    private async Task LoadShardsAsync(CancellationToken cancellationToken)
    {
        StoreException? failure = null;
        foreach (var shard in _shards)
        {
            try
            {
                await shard.LoadedAsync(cancellationToken);
            }
            catch (StoreException e)
            {
                failure = failure is { Kind: StoreErrorKind.Refused } ? failure : e;
            }
        }

        if (failure is { Kind: StoreErrorKind.Refused }
            || (failure is not null && _shards[.._dataShards].All(s => s.Unreadable is not null)))
            throw failure;
    }

    private async ValueTask StopUpkeepAsync()
    {
        if (_settingsUpkeep is not null)
            await _settingsUpkeep.DisposeAsync();
        if (_writeProbe is not null)
            await _writeProbe.DisposeAsync();
        if (_topicUpkeep is not null)
            await _topicUpkeep.DisposeAsync();
        if (_upkeep is not null)
            await _upkeep.DisposeAsync();
    }

    // Partitions of topics that are gone are as rare as orphaned objects, so they are looked for as seldom, and by the broker that holds
    // the first shard alone.
    private async Task KeepTopicsAsync(CancellationToken stopping)
    {
        await _topics.FinishAbandonedAsync(stopping);
        if (!_shards[0].IsHeld || _runtime.Time.GetElapsedTime(_partitionsSweptAt) < _options.SweepInterval)
            return;
        _partitionsSweptAt = _runtime.Time.GetTimestamp();
        await _topics.SweepPartitionsAsync(stopping);
    }

    private string? NameOf(Guid topicId) => _topics.Known.ById.TryGetValue(topicId, out var topic) ? topic.Name : null;

    private RetentionPolicy? RetentionOf(Guid topicId)
    {
        if (!_topics.Known.ById.TryGetValue(topicId, out var topic))
            return null;
        var config = _topics.ConfigOf(topic);
        return new RetentionPolicy(config.RetentionMs, config.RetentionBytes);
    }

    [LoggerMessage(1200, LogLevel.Information, "Broker {BrokerId} serves cluster {ClusterId} with {Shards} shards")]
    private static partial void LogStarted(ILogger log, int brokerId, string clusterId, int shards);

    [LoggerMessage(1201, LogLevel.Information, "Broker {BrokerId} drains")]
    private static partial void LogDraining(ILogger log, int brokerId);
}

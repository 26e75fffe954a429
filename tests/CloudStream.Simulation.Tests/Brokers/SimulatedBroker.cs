using System.Diagnostics.Metrics;
using CloudStream.Cluster;
using CloudStream.Cluster.Settings;
using CloudStream.Log.Groups;
using CloudStream.Log.Options;
using CloudStream.Log.Runtime;
using CloudStream.Simulation.Tests.Scheduling;
using CloudStream.Storage;
using Microsoft.Extensions.Logging.Abstractions;

namespace CloudStream.Simulation.Tests.Brokers;

/// <summary>What became of a request: answered, certainly not executed, or nobody knows.</summary>
internal enum CallOutcome
{
    Answered,
    Refused,
    Unknown,
}

/// <summary>
/// A broker's place in the cluster: the real engine in a process that may crash, pause and start again with nothing but the stores.
/// </summary>
internal sealed class SimulatedBroker(World world, int index, bool holdLeases) : IDisposable
{
    /// <summary>The face under which a broker advertises its process.</summary>
    public const string Face = "simulation";

    private static readonly TimeSpan s_network = TimeSpan.FromMilliseconds(1);
    private static readonly IndexSizes s_smallIndex = new()
    {
        FinalBytes = 600,
        FinalFlushBytes = 200,
        StraightenAfterFinals = 4,
        PageDueSlices = 8,
        PageSlices = 4,
        FoldDuePages = 4,
        FoldPages = 3,
    };

    private readonly List<Action> _connections = [];
    private readonly List<Meter> _meters = [];
    private Actor? _actor;
    private Broker? _broker;
    private VirtualTime? _time;
    private int _starts;

    public int Index => index;

    public bool IsUp => _actor is { IsDead: false };

    /// <summary>Why the last start failed; null when it did not.</summary>
    public StoreException? Fault { get; private set; }

    /// <summary>Whether a process is the present one.</summary>
    public bool Is(Actor actor) => ReferenceEquals(actor, _actor);

    /// <summary>The present process.</summary>
    public string Process => _actor!.Name;

    public bool IsPaused => _actor is { IsPaused: true };

    /// <summary>Whether requests are served.</summary>
    public bool IsReady => IsUp && _broker is { IsReady: true };

    /// <summary>Starts a new process. Its clocks are off by whatever the seed draws.</summary>
    public void Start()
    {
        var random = world.Random;
        var actor = _actor = new Actor(world.Scheduler, $"broker-{index}.{_starts++}");
        _time = new VirtualTime(world.Scheduler, actor, 1 + ((random.NextDouble() - 0.5) * 0.02))
        {
            Offset = TimeSpan.FromSeconds((random.NextDouble() - 0.5) * 120)
        };
        var meter = new Meter(new MeterOptions(actor.Name) { Scope = world });
        _meters.Add(meter);
        var runtime = new BrokerRuntime(_time, new RandomSource(random.Next()), NullLoggerFactory.Instance, meter);
        var stores = world.StoresOf(actor);
        world.Scheduler.Trace.Event(world.Scheduler.Now, actor.Name, "starts", "", "");
        actor.Post(_ => Observe(StartAsync(actor, stores, runtime)), null);
    }

    /// <summary>
    /// The process is gone in the middle of whatever it did. Calls to the stores that are under way take effect or not, as they would have.
    /// </summary>
    public void Crash()
    {
        world.Scheduler.Trace.Event(world.Scheduler.Now, _actor!.Name, "crashes", "", "");
        world.Count("crash");
        _actor.Kill();
        _broker = null;
        foreach (var connection in _connections.ToArray())
            connection();
    }

    public void Pause()
    {
        world.Scheduler.Trace.Event(world.Scheduler.Now, _actor!.Name, "pauses", "", "");
        world.Count("pause");
        _actor.Pause();
    }

    public void Resume()
    {
        world.Scheduler.Trace.Event(world.Scheduler.Now, _actor!.Name, "wakes up", "", "");
        _actor.Resume();
    }

    /// <summary>The wall clock jumps.</summary>
    public void JumpClock(TimeSpan by) => _time!.Offset += by;

    /// <summary>Ends cleanly; then the process is gone.</summary>
    public void Drain()
    {
        var actor = _actor!;
        world.Scheduler.Trace.Event(world.Scheduler.Now, actor.Name, "drains", "", "");
        actor.Post(_ => Observe(DrainAsync(actor, _broker)), null);
    }

    /// <summary>
    /// Sends a request over a network that takes time and loses replies when the process dies. <paramref name="call"/> runs in the broker's
    /// process. After
    /// <paramref name="patience"/> the client hangs up, which the broker sees.
    /// </summary>
    public async Task<(CallOutcome Outcome, T Reply)> CallAsync<T>(Func<IBroker, CancellationToken, ValueTask<T>> call, TimeSpan patience)
    {
        if (!IsUp)
            return (CallOutcome.Refused, default!);
        var (scheduler, actor) = (world.Scheduler, _actor!);
        var answer = new TaskCompletionSource<(CallOutcome, T)>(TaskCreationOptions.RunContinuationsAsynchronously);
        var hangUp = new CancellationTokenSource();
        void Lose() => answer.TrySetResult((CallOutcome.Unknown, default!));
        _connections.Add(Lose);
        scheduler.After(Network(), actor, () => Observe(ServeAsync()));
        scheduler.After(patience, scheduler.World, Lose);
        var outcome = await answer.Task;
        _connections.Remove(Lose);
        if (outcome.Item1 == CallOutcome.Unknown)
            actor.Post(_ => hangUp.Cancel(), null);
        return outcome;

        async Task ServeAsync()
        {
            if (_broker is not { } broker)
            {
                answer.TrySetResult((CallOutcome.Refused, default!));
                return;
            }

            try
            {
                var reply = await call(broker, hangUp.Token);
                scheduler.After(Network(), scheduler.World, () => answer.TrySetResult((CallOutcome.Answered, reply)));
            }
            catch (OperationCanceledException) when (hangUp.IsCancellationRequested)
            {
                // Nobody waits any more.
            }
        }
    }

    public void Dispose() => _meters.ForEach(m => m.Dispose());

    // Each process runs with options of its own, for what is rare under one set is common under another.
    private T Draw<T>(params ReadOnlySpan<T> choices) => choices[world.Random.Next(choices.Length)];

    private TimeSpan Network() => s_network * (0.2 + world.Random.NextDouble());

    // Whatever the engine throws at its faces is a defect; a process that dies of one is not simulated.
    private void Observe(Task task)
    {
        if (task.IsCompleted)
            Report(task);
        else
            task.GetAwaiter().OnCompleted(() => Report(task));
    }

    private void Report(Task task)
    {
        if (task.IsFaulted)
            world.Scheduler.Fail(new ViolationException("no defect", $"broker {index} threw {task.Exception!.InnerException}"));
    }

    private async Task StartAsync(Actor actor, BrokerStores stores, BrokerRuntime runtime)
    {
        var options = new BrokerOptions
        {
            Shards = world.Scenario.Shards,
            CoordinatorShards = world.CoordinatorShards,
            GroupCommitInterval = world.Scenario.Groups is null
                ? null
                : Draw<TimeSpan?>(null, TimeSpan.Zero, TimeSpan.FromMilliseconds(250)),
            MaxInlineGroupBytes = world.Scenario.Groups is null ? 3840 : Draw(3840, 120),
            GroupRules = world.Broken?.GroupRules?.Invoke(world) ?? GroupRules.Default,
            FlushInterval = world.Scenario.FlushInterval,
            LoneFlushInterval = index % 2 == 0 ? TimeSpan.FromMilliseconds(1) : null,
            HoldLeases = holdLeases,
            Lease = TimeSpan.FromSeconds(5),
            UpkeepInterval = Draw(TimeSpan.FromMilliseconds(100), TimeSpan.FromSeconds(1)),
            RetentionCheckInterval = TimeSpan.FromMilliseconds(100),
            SweepInterval = Draw(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(8)),
            TrashGrace = Draw(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(4)),
            TailMemoryBytes = Draw(0, 3000, 1_000_000),
            CacheBytes = Draw(20_000, 1_000_000),
            FlushBytes = Draw(4096, 1_000_000),
            MaxUploadsInFlight = Draw(1, 4),
            InlineMaxBytes = Draw(0, 150, LogOptions.MostInlineBytes),
            RequestTimeout = TimeSpan.FromSeconds(3),
            JournalSlots = world.JournalSlots,
            AlterRing = world.Broken?.AlterRing ?? (static ring => ring),
            IndexSizes = Draw(IndexSizes.Default, s_smallIndex),
        };
        options.Settings["log.retention.ms"] = "-1";
        options.Endpoints[Face] = actor.Name;
        world.Scenario.Configure(options);
        try
        {
            var broker = await Broker.StartAsync(stores, options, runtime, CancellationToken.None);
            if (ReferenceEquals(actor, _actor))
                _broker = broker;
        }
        catch (StoreException e) when (e.Kind == StoreErrorKind.Corrupt && world.Shelf.Damaged.Count > 0)
        {
            Fault = e; // Damage at rest is reported.
        }
    }

    private async Task DrainAsync(Actor actor, Broker? broker)
    {
        if (broker is not null)
        {
            await broker.DrainAsync(CancellationToken.None);
            await broker.DisposeAsync();
        }

        if (!actor.IsDead)
            world.Scheduler.After(TimeSpan.Zero, world.Scheduler.World, () => EndOf(actor));
    }

    private void EndOf(Actor actor)
    {
        if (!ReferenceEquals(actor, _actor) || actor.IsDead)
            return;
        Crash();
        if (world.IsCalm)
            Start(); // Nobody else would any more.
    }
}

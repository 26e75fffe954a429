using System.Diagnostics.Metrics;
using CloudStream.Cluster;
using CloudStream.Log.Options;
using CloudStream.Log.Runtime;
using CloudStream.Simulation.Tests.Broken;
using CloudStream.Simulation.Tests.Brokers;
using CloudStream.Simulation.Tests.Checking;
using CloudStream.Simulation.Tests.Groups;
using CloudStream.Simulation.Tests.Scenarios;
using CloudStream.Simulation.Tests.Scheduling;
using CloudStream.Simulation.Tests.Stores;
using CloudStream.Storage.Memory;
using CloudStream.Storage.Metadata;

namespace CloudStream.Simulation.Tests;

/// <summary>Everything that one run shares.</summary>
internal sealed class World : IDisposable
{
    private readonly MeterListener _listener = new();
    private readonly MemoryMetadataStore _registers = new();

    public World(Scenario scenario, int seed, Trace trace, BrokenEngine? broken)
    {
        Scenario = scenario;
        Random = new Random(seed);
        Scheduler = new Scheduler(Random.Next(), trace, fifo: Random.Next(4) == 0);
        Shelf = new ObjectShelf(Scheduler);
        Auditor = new CommitAuditor(Scheduler, Shelf, Count);
        Objects = new StoreWeather(Scheduler, new Random(Random.Next())) { Rates = scenario.Objects };
        Metadata = new StoreWeather(Scheduler, new Random(Random.Next())) { Rates = scenario.Metadata };
        History = new History(() => Scheduler.Steps);
        Groups = new SimulatedGroups(this);
        Auditor.Stepped = Groups.Auditor.Stepped;
        CoordinatorShards = 1 + (seed % 2);
        Broken = broken;
        Auditor.Ring = new JournalRing("", JournalSlots = scenario.JournalSlots ?? (Random.Next(3) switch { 0 => 4, 1 => 16, _ => 128 }));
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (ReferenceEquals(instrument.Meter.Scope, this) && Coverage.IsInstrument(instrument.Name))
                listener.EnableMeasurementEvents(instrument);
        };
        _listener.SetMeasurementEventCallback<long>((instrument, _, _, _) => Count(instrument.Name));
        _listener.Start();
        Append = broken?.Append?.Invoke(this)
            ?? (static (broker, partition, batch, options, cancel) => broker.AppendAsync(partition, batch, options, cancel));
        broken?.Beside?.Invoke(this);
    }

    public Scenario Scenario { get; }

    public Random Random { get; }

    public Scheduler Scheduler { get; }

    public ObjectShelf Shelf { get; }

    public CommitAuditor Auditor { get; }

    public StoreWeather Objects { get; }

    public StoreWeather Metadata { get; }

    public History History { get; }

    public SimulatedGroups Groups { get; }

    public List<SimulatedBroker> Brokers { get; } = [];

    /// <summary>The size of the shards' rings.</summary>
    public int JournalSlots { get; }

    /// <summary>How many coordinator shards there are.</summary>
    public int CoordinatorShards { get; }

    /// <summary>The id of the one topic whose records are checked.</summary>
    public Guid TopicId { get; set; }

    /// <summary>How often what happened, by name: shows what a scenario exercises.</summary>
    public SortedDictionary<string, int> Counts { get; } = new(StringComparer.Ordinal);

    /// <summary>Counts something.</summary>
    public void Count(string what) => Counts[what] = Counts.GetValueOrDefault(what) + 1;

    /// <summary>Whether nothing goes wrong any more.</summary>
    public bool IsCalm { get; set; }

    /// <summary>Whether clients are to end what they do and stop.</summary>
    public bool IsStopping { get; set; }

    /// <summary>Re-introduces a fault, to see that it is caught.</summary>
    public BrokenEngine? Broken { get; }

    /// <summary>How brokers append.</summary>
    public BrokenAppend Append { get; }

    /// <summary>Told when the reply to a write of a register is lost: who wrote it, and its key.</summary>
    public Action<Actor, string>? ReplyLost { get; set; }

    /// <summary>Both stores as a process reaches them.</summary>
    public BrokerStores StoresOf(Actor actor)
    {
        var stores = new BrokerStores(
            new SimulatedObjectStore(new StoreLine(Scheduler, actor, Objects), Shelf),
            new SimulatedMetadataStore(new StoreLine(Scheduler, actor, Metadata) { ReplyLost = key => ReplyLost?.Invoke(actor, key) },
                _registers, Auditor.Written));
        return Broken?.Stores?.Invoke(this, actor, stores) ?? stores;
    }

    public void Dispose()
    {
        _listener.Dispose();
        Brokers.ForEach(b => b.Dispose());
    }

    /// <summary>A pause of the actor whose step this is.</summary>
    public Task DelayAsync(Actor actor, TimeSpan delay)
    {
        var due = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Scheduler.After(delay, actor, () => due.TrySetResult());
        return due.Task;
    }
}

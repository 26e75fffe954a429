using System.Diagnostics.Metrics;
using CloudStream.Log.Journal;
using CloudStream.Log.Runtime;

namespace CloudStream.Log.Upkeep;

/// <summary>Upkeep's instruments, by OpenTelemetry's naming. One set per broker. Thread-safe.</summary>
internal sealed class UpkeepMetrics
{
    private readonly TimeProvider _time;
    private readonly Counter<long> _merges;
    private readonly Counter<long> _mergedBytes;
    private readonly Counter<long> _damaged;
    private readonly Counter<long> _pages;
    private readonly Counter<long> _trimmedBytes;
    private readonly Counter<long> _deleted;
    private readonly Counter<long> _orphans;
    private readonly Counter<long> _failures;
    private readonly long[] _lastRuns = new long[Enum.GetValues<UpkeepStep>().Length];
    private readonly Lock _lock = new();
    private readonly Dictionary<int, int> _trash = [];

    public UpkeepMetrics(BrokerRuntime runtime)
    {
        _time = runtime.Time;
        Array.Fill(_lastRuns, _time.GetTimestamp());
        var meter = runtime.Meter;
        _merges = meter.CreateCounter<long>("cloudstream.upkeep.merges", "{merge}", "Merges of segment objects by result.");
        _mergedBytes = meter.CreateCounter<long>("cloudstream.upkeep.merged", "By", "Bytes that merges wrote.");
        _damaged = meter.CreateCounter<long>("cloudstream.upkeep.damaged", "{object}", "Damaged objects that upkeep met.");
        _pages = meter.CreateCounter<long>("cloudstream.upkeep.pages", "{page}", "Index pages written.");
        _trimmedBytes = meter.CreateCounter<long>("cloudstream.upkeep.trimmed", "By", "Bytes of record batches that retention gave up.");
        _deleted = meter.CreateCounter<long>("cloudstream.upkeep.deleted", "{object}", "Objects deleted from the trash.");
        _orphans = meter.CreateCounter<long>("cloudstream.upkeep.orphans", "{object}", "Orphaned objects deleted by the sweep.");
        _failures = meter.CreateCounter<long>("cloudstream.upkeep.failures", "{run}", "Upkeep steps that a store failure ended.");
        meter.CreateObservableGauge("cloudstream.upkeep.trash", TrashItems, "{item}",
            "Trash items that wait for deletion, over all shards held.");
        meter.CreateObservableGauge("cloudstream.upkeep.age", Ages, "s", "Time since the step last ended well.");
    }

    public void MergeEnded(CommitResult result, long bytes)
    {
        _merges.Add(1, new KeyValuePair<string, object?>("result", Name(result)));
        _mergedBytes.Add(bytes);
    }

    public void DamagedFound() => _damaged.Add(1);

    public void PageWritten() => _pages.Add(1);

    public void Trimmed(long bytes) => _trimmedBytes.Add(bytes);

    public void TrashDeleted(int objects) => _deleted.Add(objects);

    public void OrphansDeleted(int objects) => _orphans.Add(objects);

    public void Failed(UpkeepStep step) => _failures.Add(1, new KeyValuePair<string, object?>("step", Name(step)));

    public void Succeeded(UpkeepStep step) => Volatile.Write(ref _lastRuns[(int)step], _time.GetTimestamp());

    public void TrashIs(int shard, int items)
    {
        lock (_lock)
            _trash[shard] = items;
    }

    private long TrashItems()
    {
        lock (_lock)
            return _trash.Values.Sum(n => (long)n);
    }

    private IEnumerable<Measurement<double>> Ages() => Enum.GetValues<UpkeepStep>().Select(step => new Measurement<double>(
        _time.GetElapsedTime(Volatile.Read(ref _lastRuns[(int)step])).TotalSeconds, new KeyValuePair<string, object?>("step", Name(step))));

    private static string Name(CommitResult result) => result switch
    {
        CommitResult.Applied => "applied",
        CommitResult.Withdrawn => "withdrawn",
        CommitResult.Void => "void",
        CommitResult.Unknown => "unknown",
        _ => "failed",
    };

    private static string Name(UpkeepStep step) => step switch
    {
        UpkeepStep.Retention => "retention",
        UpkeepStep.Merge => "merge",
        UpkeepStep.Pages => "pages",
        UpkeepStep.Trash => "trash",
        UpkeepStep.Producers => "producers",
        _ => "sweep",
    };
}

using System.Collections.Immutable;
using CloudStream.Log.Calls;
using CloudStream.Log.Entries;
using CloudStream.Log.Options;
using CloudStream.Log.State;
using CloudStream.Log.Upkeep;
using CloudStream.Storage.Objects;
using CloudStream.Storage.Segments;

namespace CloudStream.Engine.Tests.Upkeep;

/// <summary>
/// A shard's state under flushes and upkeep, without stores: entries are applied directly, and what upkeep would write is counted.
/// </summary>
internal sealed class StateSimulation
{
    private static readonly HashSet<ObjectRef> s_none = [];
    private ulong _nextId = 1;

    public StateSimulation(int partitions)
    {
        for (var i = 0; i < partitions; i++)
            Apply(new PartitionCreatedEntry(0, new PartitionId(UpkeepWorld.Topic, i)));
    }

    public ShardState State { get; private set; } = ShardState.Empty(0) with { Version = 1 };

    public long FlushedBytes { get; private set; }

    public long MergedBytes { get; private set; }

    public long PageBytes { get; private set; }

    public int Merges { get; private set; }

    /// <summary>Objects that the store holds: live, listed by pages, and the pages.</summary>
    public int StoredObjects { get; private set; }

    public int MostSlices { get; private set; }

    public int MostObjects { get; private set; }

    public int MostPages { get; private set; }

    public int Slices => State.Partitions.Values.Sum(p => p.Recent.Count);

    public int Pages => State.Partitions.Values.Sum(p => p.Pages.Length);

    public void Flush(params (int Slot, int Bytes)[] items)
    {
        FlushedBytes += items.Sum(i => (long)i.Bytes);
        StoredObjects++;
        Apply(new FlushEntry(0, New(ObjectKind.Segment), false, [.. items.Select(i => new SegmentItem(i.Slot, i.Bytes, 1, 5))], null));
    }

    /// <summary>Does all merges and pages that are due, and empties the trash.</summary>
    public void Upkeep()
    {
        MostObjects = Math.Max(MostObjects, State.Objects.Count);
        while (MergePlanner.Plan(State, s_none, IndexSizes.Default) is { } plan)
            Merge(plan);
        while (State.Partitions.Values.Any(WritePage))
        {
        }

        MostSlices = Math.Max(MostSlices, Slices);
        MostPages = Math.Max(MostPages, Pages);
        if (!State.Trash.IsEmpty)
            Apply(new TrashEmptiedEntry(0, State.Trash.Count, State.Trash[^1].Object));
    }

    private void Merge(MergePlan plan)
    {
        var outputs = plan.Outputs.Select(
            o => new MergeOutput(New(ObjectKind.Merged), plan.Level, [.. o.Runs.Select(Merged)])).ToImmutableArray();
        var entry = new MergeEntry(0, outputs, plan.Inputs.Length);
        Assert.True(Merger.StillFits(State, plan, entry));
        Apply(entry);
        Merges++;
        MergedBytes += plan.Outputs.Sum(o => o.Bytes);
        StoredObjects += outputs.Length - plan.Inputs.Length;
    }

    private bool WritePage(PartitionState partition)
    {
        IndexPage page;
        if (PageWriter.PlanSlices(State, partition, s_none, IndexSizes.Default) is { IsEmpty: false } slices)
            page = IndexPage.OfSlices(0, partition.Slot, slices);
        else if (PageWriter.PlanFold(partition, IndexSizes.Default) is { IsEmpty: false } pages)
            page = IndexPage.OfPages(0, partition.Slot, pages);
        else
            return false;
        PageBytes += PageCodec.Encode(page).Length;
        StoredObjects++;
        var entry = new PageEntry(0, partition.Slot, page.ToRef(New(ObjectKind.Page)), page.Pages.Length);
        Assert.True(PageWriter.StillFits(State, page, entry));
        Apply(entry);
        return true;
    }

    private static MergeOutputSlice Merged(MergeRun run) => new(
        run.Slot, run.Bytes, run.Slices[0].BaseOffset, run.Slices[^1].EndOffset, run.Slices.Max(s => s.MaxTimestamp),
        run.Slices[^1].LeaderEpoch);

    private ObjectRef New(ObjectKind kind) => new(kind, State.Version, _nextId++);

    private void Apply(Entry entry) => State = ShardTransition.Apply(State, State.Version + 1, entry);
}

using CloudStream.Log.Calls;
using CloudStream.Log.Entries;
using CloudStream.Log.Options;
using CloudStream.Log.State;
using CloudStream.Log.Upkeep;
using CloudStream.Storage.Objects;
using CloudStream.Storage.Segments;

namespace CloudStream.Engine.Tests.Upkeep;

public sealed class MergePlannerTests
{
    private const int MiB = 1024 * 1024;

    private ShardState _state = ShardState.Empty(0) with { Version = 1 };
    private ulong _nextId = 1;

    [Theory]
    [InlineData(31, 1000, 0)]
    [InlineData(32, 1000, 32)]
    [InlineData(64, 1000, 64)]
    [InlineData(100, 1000, 64)] // No more than 64 at once.
    [InlineData(15, 2 * MiB, 0)]
    [InlineData(16, 2 * MiB, 16)] // 64 MiB together with the other partition's.
    [InlineData(30, 2 * MiB, 16)] // No more than 64 MiB at once.
    [InlineData(3, 40 * MiB, 0)]
    [InlineData(4, 40 * MiB, 4)] // Large objects: at least four.
    public void A_level_is_merged_when_it_has_many_objects_or_many_bytes(int flushes, int bytes, int expectedInputs)
    {
        Create(2);
        for (var i = 0; i < flushes; i++)
            Flush((0, bytes), (1, bytes));

        Assert.Equal(expectedInputs, Plan()?.Inputs.Length ?? 0);
    }

    [Fact]
    public void The_oldest_objects_are_taken_in_order()
    {
        Create(2);
        var objects = Enumerable.Range(0, 70).Select(_ => Flush((0, 1000), (1, 1000))).ToList();

        Assert.Equal(objects.Take(64), Plan()!.InputRefs);
    }

    [Fact]
    public void Large_flushes_of_one_partition_are_never_written_again()
    {
        Create(1);
        for (var i = 0; i < 300; i++)
            Flush((0, 4 * MiB));

        Assert.Null(Plan());
    }

    [Fact]
    public void Large_runs_get_their_own_object_and_small_ones_share()
    {
        Create(3);
        for (var i = 0; i < 32; i++)
            Flush((0, 300_000), (1, 1000), (2, 1000));

        var plan = Plan()!;

        Assert.Equal([[0], [1, 2]], plan.Outputs.Select(o => o.Runs.Select(r => r.Slot).ToArray()));
        Assert.Equal(1, plan.Level);
    }

    [Fact]
    public void Runs_end_where_a_slice_lies_in_an_object_that_is_not_merged()
    {
        Create(1);
        for (var i = 0; i < 40; i++)
            Flush((0, i == 10 ? 5 * MiB : 1000));

        var plan = Plan()!;

        Assert.Equal([(0L, 10L), (11L, 40L)],
            Assert.Single(plan.Outputs).Runs.Select(r => (r.Slices[0].BaseOffset, r.Slices[^1].EndOffset)));
        Assert.Equal(39, plan.Inputs.Length);
    }

    [Fact]
    public void A_run_is_cut_before_it_grows_past_one_output()
    {
        Create(2);
        for (var i = 0; i < 4; i++)
            Flush((0, 30 * MiB), (1, 1000));

        Assert.Equal([2, 2, 4], Plan()!.Outputs.Select(o => o.Runs.Sum(r => r.Slices.Length)));
    }

    [Fact]
    public void Damaged_objects_are_left_out()
    {
        Create(1);
        var objects = Enumerable.Range(0, 33).Select(_ => Flush((0, 1000))).ToList();

        var plan = MergePlanner.Plan(_state, new HashSet<ObjectRef> { objects[4] }, IndexSizes.Default)!;

        Assert.Equal(objects.Where(o => o != objects[4]), plan.InputRefs);
        Assert.Equal([4, 28], plan.Runs.Select(r => r.Slices.Length));
    }

    [Fact]
    public void What_lies_in_slots_is_left_alone_by_merges_and_pages_until_it_was_spilled()
    {
        Create(1);
        var objects = new List<ObjectRef>();
        for (var i = 0; i < 40; i++)
        {
            objects.Add(Flush((0, 1000)));
            Apply(new InlineFlushEntry(0, false, new InlineRecords([new SegmentItem(0, 1000, 1, 5)], new byte[1000])));
        }

        Assert.Equal(objects, Plan()!.InputRefs);
        Assert.All(Plan()!.Runs, r => Assert.Single(r.Slices));
        Assert.Empty(PageWriter.PlanSlices(
            _state, _state.Find(new PartitionId(UpkeepWorld.Topic, 0))!, new HashSet<ObjectRef>(),
            new IndexSizes { FinalFlushBytes = 500, PageDueSlices = 8, PageSlices = 4 }));

        var spill = new SpillRef(new ObjectRef(ObjectKind.Spill, _state.Version, 1), _state.Inline[0].Object.Born);
        Apply(new CheckpointEntry(0, new ObjectRef(ObjectKind.Checkpoint, _state.Version, 2), _state.Version, spill));
        var plan = Plan()!;

        Assert.Equal([.. objects, spill.Object], plan.InputRefs);
        Assert.Equal(80, Assert.Single(plan.Runs).Slices.Length);
    }

    [Fact]
    public void A_small_slice_before_many_final_ones_is_written_on_its_own()
    {
        Create(2);
        Flush((0, 1000), (1, 1000));
        for (var i = 0; i < 128; i++)
            Flush((0, 5 * MiB));

        var plan = Plan()!;

        Assert.Equal([[0], [1]], plan.Outputs.Select(o => o.Runs.Select(r => r.Slot).ToArray()));
        Assert.Single(plan.Inputs);
    }

    [Fact]
    public void Slices_of_a_trimmed_head_or_a_deleted_partition_do_not_make_a_finished_merge_fail()
    {
        Create(2);
        for (var i = 0; i < 32; i++)
            Flush((0, 1000), (1, 1000));
        var plan = Plan()!;
        var entry = Finish(plan);
        var trimmed = ShardTransition.Apply(_state, 99, new TrimEntry(0, 0, 5, []));
        var deleted = ShardTransition.Apply(trimmed, 100, new PartitionDeletedEntry(0, _state.Partitions[1].Id));

        Assert.True(Merger.StillFits(_state, plan, entry));
        Assert.True(Merger.StillFits(trimmed, plan, entry));

        // Five inputs held nothing else than what was trimmed and deleted: they are trash already, and would be so twice.
        Assert.False(Merger.StillFits(deleted, plan, entry));
    }

    private void Create(int partitions)
    {
        for (var i = 0; i < partitions; i++)
            Apply(new PartitionCreatedEntry(0, new PartitionId(UpkeepWorld.Topic, i)));
    }

    private MergePlan? Plan() => MergePlanner.Plan(_state, new HashSet<ObjectRef>(), IndexSizes.Default);

    private ObjectRef Flush(params (int Slot, int Bytes)[] items)
    {
        var reference = new ObjectRef(ObjectKind.Segment, _state.Version, _nextId++);
        Apply(new FlushEntry(0, reference, false, [.. items.Select(i => new SegmentItem(i.Slot, i.Bytes, 1, 5))], null));
        return reference;
    }

    private MergeEntry Finish(MergePlan plan) => new(0,
    [
        .. plan.Outputs.Select(o => new MergeOutput(new ObjectRef(ObjectKind.Merged, _state.Version, _nextId++), plan.Level,
            [.. o.Runs.Select(r => new MergeOutputSlice(r.Slot, r.Bytes, r.Slices[0].BaseOffset, r.Slices[^1].EndOffset, 5, 0))])),
    ], plan.Inputs.Length);

    private void Apply(Entry entry) => _state = ShardTransition.Apply(_state, _state.Version + 1, entry);
}

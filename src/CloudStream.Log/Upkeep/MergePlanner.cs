using System.Collections.Immutable;
using CloudStream.Log.Options;
using CloudStream.Log.State;
using CloudStream.Storage.Objects;

namespace CloudStream.Log.Upkeep;

/// <summary>
/// Decides what to merge next: a log-structured merge over objects. The oldest objects of a level that is due become objects of the next
/// level, slices of one partition next to each other; runs that are large enough leave the levels as objects of their own. Pure.
/// </summary>
internal static class MergePlanner
{
    /// <summary>The next merge, or null when nothing is due.</summary>
    /// <param name="state">The shard's state.</param>
    /// <param name="excluded">Objects that must be left as they are because their bytes are damaged.</param>
    /// <param name="sizes">When slices are final.</param>
    public static MergePlan? Plan(ShardState state, IReadOnlySet<ObjectRef> excluded, IndexSizes sizes)
    {
        if (!MayBeDue(state, sizes))
            return null;
        var finality = new SliceFinality(state.Objects, excluded, sizes);
        var uses = ObjectUse.Of(state, finality);
        foreach (var level in uses.Values.Where(u => !u.IsFinal && !u.Live.IsSlot && !excluded.Contains(u.Live.Object)).GroupBy(
            u => u.Live.Level).OrderBy(g => g.Key))
        {
            var candidates = level.OrderBy(u => u.Live.Sequence).ToList();
            if (Choose(level.Key, candidates) is { } inputs)
                return MergeArranger.Arrange(state, inputs, level.Key + 1, alone: -1, sizes.FinalBytes);
        }

        return Straighten(state, finality, uses);
    }

    // Looks at objects only, so that the usual tick, with nothing to do, costs next to nothing.
    private static bool MayBeDue(ShardState state, IndexSizes sizes)
    {
        var levels = new Dictionary<int, (int Count, long Bytes, int Slices)>();
        foreach (var live in state.Objects.Values)
        {
            if (live.IsSlot || sizes.AreLarge(live, live.Bytes))
                continue;
            var (count, bytes, slices) = levels.GetValueOrDefault(live.Level);
            levels[live.Level] = (count + 1, bytes + live.Bytes, slices + live.LiveSlices);
        }

        return levels.Any(l => IsDue(l.Key, l.Value.Count, l.Value.Bytes, l.Value.Slices))
            || state.Partitions.Values.Any(p => p.Recent.Count > sizes.PageDueSlices);
    }

    private static bool IsDue(int level, int count, long bytes, int slices) =>
        count >= MergePolicy.DueObjects
        || (count >= MergePolicy.MinObjects && bytes >= MergePolicy.LevelBytes(level))
        || (count >= MergePolicy.MinObjectsForSlices && slices >= MergePolicy.DueSlices);

    private static List<ObjectUse>? Choose(int level, List<ObjectUse> candidates)
    {
        if (level < MergePolicy.RangedLevel)
            return IsDue(level, candidates) ? Take(level, candidates) : null;

        // Outputs of large merges are cut by slots. Only objects with slots in common have anything to gain from each other.
        while (candidates.Count >= MergePolicy.MinObjects)
        {
            var seed = candidates[0];
            var range = candidates.FindAll(seed.Overlaps);
            if (IsDue(level, range))
                return Take(level, range);
            candidates.RemoveAll(seed.Overlaps);
        }

        return null;
    }

    private static bool IsDue(int level, List<ObjectUse> uses) =>
        IsDue(level, uses.Count, uses.Sum(u => u.Bytes), uses.Sum(u => u.Live.LiveSlices));

    private static List<ObjectUse> Take(int level, List<ObjectUse> candidates)
    {
        var taken = new List<ObjectUse>();
        var slots = new HashSet<int>();
        long bytes = 0;
        foreach (var use in candidates)
        {
            bytes += use.Bytes;
            slots.UnionWith(use.Slices.Select(s => s.Slot));
            var full = bytes > MergePolicy.LevelBytes(level) || slots.Count > MergePolicy.MaxSlots;
            if (taken.Count == MergePolicy.MaxObjects || (full && taken.Count >= MergePolicy.MinObjects))
                break;
            taken.Add(use);
        }

        return taken;
    }

    // Small slices between final ones never become large, and pages can only take what is alone in its object. Where many final slices have
    // gathered behind such a slice, it is written on its own, so that the recent slices of a partition stay few.
    private static MergePlan? Straighten(ShardState state, SliceFinality finality, Dictionary<ObjectRef, ObjectUse> uses)
    {
        foreach (var partition in state.Partitions.Values)
        {
            if (partition.Recent.Count <= finality.Sizes.PageDueSlices)
                continue;
            var inputs = Obstacles(partition, finality, uses);
            if (inputs.Count > 0)
                return MergeArranger.Arrange(state, inputs, inputs.Max(u => u.Live.Level), partition.Slot, finality.Sizes.FinalBytes);
        }

        return null;
    }

    private static List<ObjectUse> Obstacles(PartitionState partition, SliceFinality finality, Dictionary<ObjectRef, ObjectUse> uses)
    {
        var found = new List<ObjectUse>();
        var finals = 0;
        for (var i = 0; i < partition.Recent.Count && finals < finality.Sizes.StraightenAfterFinals; i++)
        {
            var slice = partition.Recent[i];
            if (finality.IsFinal(partition.Recent, i))
                finals += found.Count > 0 ? 1 : 0;
            else if (!uses[slice.Object].Live.IsSlot && !finality.Excluded.Contains(slice.Object) && !found.Contains(uses[slice.Object]))
                found.Add(uses[slice.Object]);
        }

        if (finals < finality.Sizes.StraightenAfterFinals)
            return [];
        var limited = Take(MergePolicy.RangedLevel, found);
        return limited.Count == 1 && limited[0].Live.LiveSlices == 1 ? [] : limited;
    }
}

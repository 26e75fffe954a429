using System.Collections.Immutable;
using CloudStream.Log.Entries;
using CloudStream.Storage.Objects;

namespace CloudStream.Log.State;

/// <summary>
/// Merged slices take the place of the slices that they cover. All or nothing: an entry that does not fit leaves the outputs as trash.
/// </summary>
internal static class MergeTransition
{
    public static ShardState Apply(ShardState state, MergeEntry merge)
    {
        return TryReplace(state, merge) ?? state with
        {
            Trash = state.Trash.AddRange(merge.Outputs.Select(o => new TrashItem(TrashKind.Object, o.Object, state.Version, merge.AtMs))),
        };
    }

    /// <summary>Whether the merge would take effect on this state.</summary>
    public static bool Fits(ShardState state, MergeEntry merge) => TryReplace(state, merge) is not null;

    private static ShardState? TryReplace(ShardState state, MergeEntry merge)
    {
        var partitions = state.Partitions.ToBuilder();
        var objects = state.Objects;
        var sequence = state.NextSequence;
        var died = 0;
        foreach (var output in merge.Outputs)
        {
            var live = 0;
            long bytes = 0, position = Storage.Segments.SegmentLayout.HeaderBytes;
            foreach (var slice in output.Slices)
            {
                // A partition deleted meanwhile, or trimmed past this run, simply does not get it.
                if (partitions.TryGetValue(slice.Slot, out var partition) && slice.EndOffset > partition.LogStartOffset)
                {
                    if (!TryCover(partition, slice, out var first, out var count))
                        return null;
                    var merged = new Slice(output.Object, position, slice.Bytes, slice.BaseOffset, slice.EndOffset, slice.MaxTimestamp,
                        slice.LeaderEpoch);
                    var before = partition.Recent.GetRange(first, count);
                    foreach (var old in before)
                    {
                        (objects, var dead) = ShardTransition.Drop(objects, old.Object);
                        died += dead ? 1 : 0;
                    }

                    partitions[slice.Slot] = partition with
                    {
                        Recent = partition.Recent.RemoveRange(first, count).Insert(first, merged),
                        Bytes = partition.Bytes + slice.Bytes - before.Sum(s => s.Bytes),
                    };
                    live++;
                    bytes += slice.Bytes;
                }

                position += slice.Bytes;
            }

            if (live > 0)
                objects = objects.Add(output.Object, new LiveObject(output.Object, sequence++, output.Level, live, bytes));
        }

        if (died != merge.InputCount)
            return null;
        var trash = state.Trash.Add(new TrashItem(TrashKind.InputsOf, merge.Outputs[0].Object, state.Version, merge.AtMs));
        trash = trash.AddRange(merge.Outputs.Where(o => !objects.ContainsKey(o.Object)).Select(
            o => new TrashItem(TrashKind.Object, o.Object, state.Version, merge.AtMs)));
        return state with { Partitions = partitions.ToImmutable(), Objects = objects, NextSequence = sequence, Trash = trash };
    }

    // The run to replace: whole slices whose edges meet the merged slice's, except that the head may have been trimmed away.
    private static bool TryCover(PartitionState partition, MergeOutputSlice slice, out int first, out int count)
    {
        first = partition.FindRecent(slice.BaseOffset);
        count = 0;
        if (first == partition.Recent.Count)
            return false;
        var start = partition.Recent[first].BaseOffset;
        if (start != slice.BaseOffset && !(first == 0 && start > slice.BaseOffset && partition.LogStartOffset >= start))
            return false;
        while (first + count < partition.Recent.Count && partition.Recent[first + count].EndOffset <= slice.EndOffset)
            count++;
        return count > 0 && partition.Recent[first + count - 1].EndOffset == slice.EndOffset;
    }
}

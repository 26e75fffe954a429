using System.Collections.Immutable;
using CloudStream.Log.Entries;
using CloudStream.Storage.Objects;
using CloudStream.Storage.Segments;

namespace CloudStream.Log.State;

/// <summary>
/// A checkpoint is put into use, and what lay in slots of commits that it covers lies in its spill from then on. A slot is written again
/// only behind that, so nothing refers to a slot that may have been.
/// </summary>
internal static class SpillTransition
{
    // Larger slices are not made of small ones: readers take a slice of a spill as a whole.
    private const long MaxSliceBytes = SegmentLayout.ChunkBytes;

    /// <summary>
    /// Whether a checkpoint can still be put into use: it covers more than the one in use, and its spill holds what its state had inline.
    /// </summary>
    public static bool Fits(ShardState state, CheckpointEntry checkpoint) =>
        checkpoint.StateVersion > state.CheckpointVersion
        && (checkpoint.Spill is not { } spill || (!state.Inline.IsEmpty && state.Inline[0].Object.Born == spill.From));

    public static ShardState Apply(ShardState state, CheckpointEntry checkpoint)
    {
        if (!Fits(state, checkpoint))
        {
            state = Bury(state, checkpoint.Checkpoint, checkpoint.AtMs);
            return checkpoint.Spill is { } unused ? Bury(state, unused.Object, checkpoint.AtMs) : state;
        }

        if (state.Checkpoint is { } old)
            state = Bury(state, old, checkpoint.AtMs);
        if (checkpoint.Spill is { } spill)
            state = Move(state, checkpoint, spill.Object);
        return state with
        {
            Checkpoint = checkpoint.Checkpoint,
            CheckpointVersion = checkpoint.StateVersion,
            Inline = state.Inline.RemoveAll(f => f.Object.Born <= checkpoint.StateVersion && !state.Objects.ContainsKey(f.Object)),
            Spill = null,
        };
    }

    /// <summary>
    /// The order of the records in a spill: by partition, so that what one reader wants lies side by side, and within it by commit.
    /// </summary>
    /// <param name="flushes">The flushes that it holds, oldest first.</param>
    /// <returns>For each flush, where each of its parts begins in the object.</returns>
    public static long[][] Layout(IReadOnlyList<InlineFlush> flushes)
    {
        var places = new (int Slot, int Flush, int Part)[flushes.Sum(f => f.Parts.Length)];
        var (starts, count) = (new long[flushes.Count][], 0);
        for (var i = 0; i < flushes.Count; i++)
        {
            starts[i] = new long[flushes[i].Parts.Length];
            for (var part = 0; part < starts[i].Length; part++)
                places[count++] = (flushes[i].Parts[part].Slot, i, part);
        }

        Array.Sort(places);
        long position = SegmentLayout.HeaderBytes;
        foreach (var (_, flush, part) in places)
        {
            starts[flush][part] = position;
            position += flushes[flush].Parts[part].Bytes;
        }

        return starts;
    }

    private static ShardState Move(ShardState state, CheckpointEntry checkpoint, ObjectRef spill)
    {
        var flushes = state.Inline.TakeWhile(f => f.Object.Born <= checkpoint.StateVersion).ToList();
        var shifts = Shifts(flushes);
        var objects = state.Objects.ToBuilder();
        var partitions = state.Partitions.ToBuilder();
        var (slices, bytes) = (0, 0L);
        foreach (var slot in flushes.SelectMany(f => f.Parts).Select(p => p.Slot).Distinct())
        {
            if (!partitions.TryGetValue(slot, out var partition))
                continue; // Deleted since.
            var recent = Move(partition, spill, shifts, ref slices, ref bytes);
            partitions[slot] = partition with { Recent = recent };
        }

        objects.RemoveRange(flushes.Select(f => f.Object));
        state = state with { Partitions = partitions.ToImmutable(), Objects = objects.ToImmutable() };
        return slices == 0 ? Bury(state, spill, checkpoint.AtMs) : state with
        {
            NextSequence = state.NextSequence + 1,
            Objects = state.Objects.Add(spill, new LiveObject(spill, state.NextSequence, 0, slices, bytes)),
        };
    }

    // How far each part of each flush has moved.
    private static Dictionary<(ObjectRef Flush, int Slot), long> Shifts(List<InlineFlush> flushes)
    {
        var (shifts, layout) = (new Dictionary<(ObjectRef, int), long>(), Layout(flushes));
        for (var i = 0; i < flushes.Count; i++)
        {
            long before = SegmentLayout.HeaderBytes;
            for (var part = 0; part < flushes[i].Parts.Length; part++)
            {
                shifts.Add((flushes[i].Object, flushes[i].Parts[part].Slot), layout[i][part] - before);
                before += flushes[i].Parts[part].Bytes;
            }
        }

        return shifts;
    }

    // Neighbours become one slice, so that the state holds a few for each checkpoint and not one for each commit.
    private static ImmutableList<Slice> Move(
        PartitionState partition, ObjectRef spill, Dictionary<(ObjectRef Flush, int Slot), long> shifts, ref int slices, ref long bytes)
    {
        var recent = ImmutableList.CreateBuilder<Slice>();
        foreach (var slice in partition.Recent)
        {
            if (slice.Object.Kind != ObjectKind.Slot || !shifts.TryGetValue((slice.Object, partition.Slot), out var shift))
            {
                recent.Add(slice);
                continue;
            }

            bytes += slice.Bytes;
            var moved = slice with { Object = spill, Position = slice.Position + shift, Records = null };
            if (recent.Count > 0 && TryJoin(recent[^1], moved) is { } joined)
            {
                recent[^1] = joined;
                continue;
            }

            recent.Add(moved);
            slices++;
        }

        return recent.ToImmutable();
    }

    private static Slice? TryJoin(Slice last, Slice next) =>
        last.Object == next.Object && last.Position + last.Bytes == next.Position && last.EndOffset == next.BaseOffset
            && last.LeaderEpoch == next.LeaderEpoch && last.Bytes + next.Bytes <= MaxSliceBytes
                ? last with
                {
                    Bytes = last.Bytes + next.Bytes,
                    EndOffset = next.EndOffset,
                    MaxTimestamp = Math.Max(last.MaxTimestamp, next.MaxTimestamp),
                }
                : null;

    private static ShardState Bury(ShardState state, ObjectRef dead, long atMs) =>
        state with { Trash = state.Trash.Add(new TrashItem(TrashKind.Object, dead, state.Version, atMs)) };
}

using CloudStream.Log.State;
using CloudStream.Storage.Objects;

namespace CloudStream.Log.Upkeep;

/// <summary>One live object and the recent slices that lie in it, as the planner sees them. Not thread-safe; lives for one plan.</summary>
internal sealed class ObjectUse(LiveObject live)
{
    /// <summary>The object.</summary>
    public LiveObject Live { get; } = live;

    /// <summary>Its slices: slot and index in that partition's recent slices; slots ascend.</summary>
    public List<(int Slot, int Index)> Slices { get; } = [];

    /// <summary>Bytes of its live slices.</summary>
    public long Bytes { get; private set; }

    /// <summary>Whether its only slice is final.</summary>
    public bool IsFinal { get; private set; }

    /// <summary>Whether the slots of both objects overlap as ranges.</summary>
    public bool Overlaps(ObjectUse other) => Slices[0].Slot <= other.Slices[^1].Slot && other.Slices[0].Slot <= Slices[^1].Slot;

    /// <summary>Finds the slices of every live object.</summary>
    public static Dictionary<ObjectRef, ObjectUse> Of(ShardState state, SliceFinality finality)
    {
        var uses = new Dictionary<ObjectRef, ObjectUse>(state.Objects.Count);
        foreach (var (reference, live) in state.Objects)
            uses.Add(reference, new ObjectUse(live));
        foreach (var (slot, partition) in state.Partitions)
        {
            var index = 0;
            foreach (var slice in partition.Recent)
            {
                var use = uses[slice.Object];
                use.Slices.Add((slot, index));
                use.Bytes += slice.Bytes;
                if (use.Live.LiveSlices == 1)
                    use.IsFinal = finality.IsFinal(partition.Recent, index);
                index++;
            }
        }

        return uses;
    }
}

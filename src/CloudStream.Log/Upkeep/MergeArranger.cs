using System.Collections.Immutable;
using CloudStream.Log.State;
using CloudStream.Storage.Objects;

namespace CloudStream.Log.Upkeep;

/// <summary>Arranges the slices of chosen objects into output objects. Pure.</summary>
internal static class MergeArranger
{
    /// <summary>The plan that replaces <paramref name="inputs"/>.</summary>
    /// <param name="state">The shard's state.</param>
    /// <param name="inputs">The objects, oldest first.</param>
    /// <param name="level">The outputs' level.</param>
    /// <param name="alone">A slot each of whose runs gets an object of its own however small; -1 for none.</param>
    /// <param name="finalBytes">From this size on a run gets an object of its own.</param>
    public static MergePlan Arrange(ShardState state, List<ObjectUse> inputs, int level, int alone, long finalBytes)
    {
        var own = new List<MergeOutputPlan>();
        var shared = new List<MergeOutputPlan>();
        var open = new List<MergeRun>();
        foreach (var run in Runs(state, inputs))
        {
            if (run.Bytes >= finalBytes || run.Slot == alone)
            {
                own.Add(new MergeOutputPlan([run]));
                continue;
            }

            if (open.Sum(r => r.Bytes) + run.Bytes > MergePolicy.MaxOutputBytes)
                CloseShared();
            open.Add(run);
        }

        CloseShared();
        return new MergePlan([.. inputs.Select(u => u.Live)], level, [.. own, .. shared]);

        void CloseShared()
        {
            if (open.Count > 0)
                shared.Add(new MergeOutputPlan([.. open]));
            open.Clear();
        }
    }

    // Neighbouring slices of a partition, cut at slice boundaries where they would grow past one output.
    private static IEnumerable<MergeRun> Runs(ShardState state, List<ObjectUse> inputs)
    {
        var slices = inputs.SelectMany(u => u.Slices).Order().ToList();
        var open = ImmutableArray.CreateBuilder<Slice>();
        long bytes = 0;
        for (var i = 0; i < slices.Count; i++)
        {
            var (slot, index) = slices[i];
            var slice = state.Partitions[slot].Recent[index];
            open.Add(slice);
            bytes += slice.Bytes;
            var goesOn = i + 1 < slices.Count && slices[i + 1] == (slot, index + 1)
                && bytes + state.Partitions[slot].Recent[index + 1].Bytes <= MergePolicy.MaxOutputBytes;
            if (goesOn)
                continue;
            yield return new MergeRun(slot, open.DrainToImmutable());
            bytes = 0;
        }
    }
}

using System.Collections.Immutable;
using CloudStream.Log.State;
using CloudStream.Storage.Objects;

namespace CloudStream.Log.Upkeep;

/// <summary>What one merge will do.</summary>
/// <param name="Inputs">The objects that it replaces as a whole, oldest first.</param>
/// <param name="Level">The level of its outputs.</param>
/// <param name="Outputs">The objects that it writes.</param>
internal sealed record MergePlan(ImmutableArray<LiveObject> Inputs, int Level, ImmutableArray<MergeOutputPlan> Outputs)
{
    /// <summary>Every run that it writes.</summary>
    public IEnumerable<MergeRun> Runs => Outputs.SelectMany(o => o.Runs);

    /// <summary>References of the inputs.</summary>
    public ImmutableArray<ObjectRef> InputRefs => [.. Inputs.Select(i => i.Object)];
}

/// <summary>One object that a merge writes.</summary>
/// <param name="Runs">Its slices in object order.</param>
internal sealed record MergeOutputPlan(ImmutableArray<MergeRun> Runs)
{
    /// <summary>Bytes of its slices.</summary>
    public long Bytes { get; } = Runs.Sum(r => r.Bytes);
}

/// <summary>Neighbouring slices of one partition that become one slice.</summary>
/// <param name="Slot">The partition.</param>
/// <param name="Slices">The slices in offset order, without gaps.</param>
internal sealed record MergeRun(int Slot, ImmutableArray<Slice> Slices)
{
    /// <summary>Bytes of the run.</summary>
    public long Bytes { get; } = Slices.Sum(s => s.Bytes);
}

using System.Collections.Immutable;
using CloudStream.Log.Options;
using CloudStream.Log.State;
using CloudStream.Storage.Objects;

namespace CloudStream.Log.Upkeep;

/// <summary>
/// Decides which recent slices are final: alone in their object, and either large or unable to grow, for there is no small neighbour to
/// merge with. Final slices are not merged again, and pages may take them.
/// </summary>
/// <param name="Objects">The state's live objects.</param>
/// <param name="Excluded">Objects that cannot be merged because their bytes are damaged; others treat them as a wall.</param>
/// <param name="Sizes">From which size on a slice is large.</param>
internal readonly record struct SliceFinality(
    ImmutableDictionary<ObjectRef, LiveObject> Objects, IReadOnlySet<ObjectRef> Excluded, IndexSizes Sizes)
{
    /// <summary>Whether the slice is alone in its object: it dies together with it.</summary>
    public bool IsSingle(Slice slice) => Objects[slice.Object] is { LiveSlices: 1, IsSlot: false };

    /// <summary>Whether the slice is alone in its object and large enough.</summary>
    public bool IsLarge(Slice slice) => Sizes.AreLarge(Objects[slice.Object], slice.Bytes);

    /// <summary>Whether the slice before or behind <paramref name="neighbour"/> can never be merged with it.</summary>
    public bool IsWall(Slice neighbour) => IsLarge(neighbour) || Excluded.Contains(neighbour.Object);

    /// <summary>
    /// Whether the slice at <paramref name="index"/> of the recent slices is final. The newest slices are not: they may still grow.
    /// </summary>
    public bool IsFinal(ImmutableList<Slice> recent, int index)
    {
        var slice = recent[index];
        if (!IsSingle(slice))
            return false;
        return IsLarge(slice) || (index + 1 < recent.Count && IsWall(recent[index + 1]) && (index == 0 || IsWall(recent[index - 1])));
    }
}

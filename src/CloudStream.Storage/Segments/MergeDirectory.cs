using System.Collections.Immutable;
using CloudStream.Storage.Objects;

namespace CloudStream.Storage.Segments;

/// <summary>What a merged segment object holds (<see cref="ObjectKind.Merged"/>).</summary>
/// <param name="Slices">The slices in object order.</param>
/// <param name="SliceCrcs">CRC-32C of each slice's bytes, in object order.</param>
/// <param name="Partitions">What the slots stand for.</param>
/// <param name="Inputs">
/// The objects that the merge replaces as a whole. One merge may write several objects; then the first one names the inputs. The shard's
/// trash refers to this list instead of repeating it.
/// </param>
public sealed record MergeDirectory(
    ImmutableArray<MergedSlice> Slices, ImmutableArray<uint> SliceCrcs, ImmutableArray<SlotPartition> Partitions,
    ImmutableArray<ObjectRef> Inputs);

using System.Collections.Immutable;

namespace CloudStream.Storage.Segments;

/// <summary>
/// What a flushed segment object holds (<see cref="Objects.ObjectKind.Segment"/>). The commit entry carries the items inline while they are
/// small.
/// </summary>
/// <param name="Items">The appends in object order.</param>
/// <param name="SliceCrcs">CRC-32C of each slice's bytes (a slice = the adjacent items of one slot), in object order. Empty when decoded
/// from a commit entry.</param>
/// <param name="Partitions">What the slots stand for. Empty when decoded from a commit entry.</param>
public sealed record FlushDirectory(
    ImmutableArray<SegmentItem> Items, ImmutableArray<uint> SliceCrcs, ImmutableArray<SlotPartition> Partitions);

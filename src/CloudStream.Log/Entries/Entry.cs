using System.Collections.Immutable;
using CloudStream.Log.Calls;
using CloudStream.Log.Groups;
using CloudStream.Storage.Objects;
using CloudStream.Storage.Segments;

namespace CloudStream.Log.Entries;

/// <summary>One change of a shard's state, as a slot of the journal carries it.</summary>
/// <param name="AtMs">Writer's clock, milliseconds since the epoch. Nothing that must be safe depends on it.</param>
public abstract record Entry(long AtMs);

/// <summary>
/// A flush becomes part of the log. Its items are inline while they are small; otherwise only where the object's directory lies.
/// </summary>
/// <param name="AtMs">Writer's clock.</param>
/// <param name="Object">The segment object; its id is the commit id.</param>
/// <param name="Leaseless">Whether the writer did not hold the lease.</param>
/// <param name="Items">The appends in object order; default when <paramref name="Pointer"/> is set.</param>
/// <param name="Pointer">Where the directory lies in the object; null when the items are inline.</param>
public sealed record FlushEntry(long AtMs, ObjectRef Object, bool Leaseless, ImmutableArray<SegmentItem> Items, DirectoryPointer? Pointer)
    : Entry(AtMs);

/// <summary>A small flush becomes part of the log: it has no object, its records travel with it.</summary>
/// <param name="AtMs">Writer's clock.</param>
/// <param name="Leaseless">Whether the writer did not hold the lease.</param>
/// <param name="Records">Its appends and their bytes.</param>
public sealed record InlineFlushEntry(long AtMs, bool Leaseless, InlineRecords Records) : Entry(AtMs);

/// <summary>The lease changes hands: taken (epoch one higher) or released (same epoch, no holder).</summary>
public sealed record HolderEntry(long AtMs, int Epoch, string? Holder) : Entry(AtMs);

/// <summary>
/// Merged objects replace the slices that they cover. Every input object must die by it; the inputs themselves are listed in the
/// directory of the first output, and trash refers to them there. An entry that no longer fits (a slice was trimmed or replaced) changes
/// nothing.
/// </summary>
/// <param name="AtMs">Writer's clock.</param>
/// <param name="Outputs">What was written, in order.</param>
/// <param name="InputCount">How many objects die; the transition checks it.</param>
public sealed record MergeEntry(long AtMs, ImmutableArray<MergeOutput> Outputs, int InputCount) : Entry(AtMs);

/// <summary>One object that a merge wrote.</summary>
/// <param name="Object">The merged object.</param>
/// <param name="Level">Its level: inputs' level + 1 for a shared object that is merged again.</param>
/// <param name="Slices">Its slices in object order (chunks are in the object only).</param>
public sealed record MergeOutput(ObjectRef Object, int Level, ImmutableArray<MergeOutputSlice> Slices);

/// <summary>One slice of a merged object, as the entry carries it.</summary>
public readonly record struct MergeOutputSlice(int Slot, long Bytes, long BaseOffset, long EndOffset, long MaxTimestamp, int LeaderEpoch);

/// <summary>
/// The oldest recent slices of a partition move into a page: they must be exactly those that end at or below the page's end, in
/// single-partition objects.
/// </summary>
/// <param name="AtMs">Writer's clock.</param>
/// <param name="Slot">The partition.</param>
/// <param name="Page">The new page.</param>
/// <param name="ReplacedPages">How many of the partition's newest pages the new page takes in (it lists them; level is theirs + 1); 0 when
/// it lists slices.</param>
public sealed record PageEntry(long AtMs, int Slot, PageRef Page, int ReplacedPages) : Entry(AtMs);

/// <summary>The log start offset moves up (retention, delete records).</summary>
/// <param name="AtMs">Writer's clock.</param>
/// <param name="Slot">The partition.</param>
/// <param name="NewLogStartOffset">The new log start; ignored unless it is higher.</param>
/// <param name="DeadInPages">Objects below the new start that pages list (the trimmer has read the pages); recent slices need no
/// mention.</param>
public sealed record TrimEntry(long AtMs, int Slot, long NewLogStartOffset, ImmutableArray<ObjectRef> DeadInPages) : Entry(AtMs);

/// <summary>
/// An operator gives up records that cannot be read: readers pass over these offsets, which are never used again. What is stored of them
/// stays until retention takes it. Offsets that were given up before stay as they were, those outside of the log are ignored.
/// </summary>
/// <param name="AtMs">Writer's clock.</param>
/// <param name="Slot">The partition.</param>
/// <param name="BaseOffset">The first of them.</param>
/// <param name="EndOffset">One past the last.</param>
/// <param name="By">Who did so, as they call themselves.</param>
public sealed record LossAcceptedEntry(long AtMs, int Slot, long BaseOffset, long EndOffset, string By) : Entry(AtMs);

/// <summary>A partition appears (idempotent).</summary>
public sealed record PartitionCreatedEntry(long AtMs, PartitionId Partition) : Entry(AtMs);

/// <summary>A partition and everything in it goes (idempotent).</summary>
public sealed record PartitionDeletedEntry(long AtMs, PartitionId Partition) : Entry(AtMs);

/// <summary>
/// A checkpoint of an earlier version is put into use; the tail keeps what came after that version. What lay in slots of commits up to it
/// lies in its spill from now on.
/// </summary>
/// <param name="AtMs">Writer's clock.</param>
/// <param name="Checkpoint">The checkpoint.</param>
/// <param name="StateVersion">The version whose state it holds.</param>
/// <param name="Spill">Where its inline records lie; null where no slot held any that are still of use.</param>
public sealed record CheckpointEntry(long AtMs, ObjectRef Checkpoint, long StateVersion, SpillRef? Spill = null) : Entry(AtMs);

/// <summary>An object into which the inline records of a checkpoint were spilled.</summary>
/// <param name="Object">The object, put before the checkpoint was.</param>
/// <param name="From">The commit of the first records in it. Where that is not the first one that a state holds inline, another checkpoint
/// has come before, and this one is not put into use.</param>
public readonly record struct SpillRef(ObjectRef Object, long From);

/// <summary>From here on objects born before <paramref name="Horizon"/> and not referenced are void.</summary>
public sealed record HorizonEntry(long AtMs, long Horizon) : Entry(AtMs);

/// <summary>The first <paramref name="Count"/> trash items, the last of which is <paramref name="Last"/>, have been deleted.</summary>
public sealed record TrashEmptiedEntry(long AtMs, int Count, ObjectRef Last) : Entry(AtMs);

/// <summary>Producers of all partitions that were idle since before <paramref name="BeforeMs"/> (writers' clocks) are forgotten.</summary>
public sealed record ProducersExpiredEntry(long AtMs, long BeforeMs) : Entry(AtMs);

/// <summary>
/// Groups of a coordinator shard change. Each change counts or does not by itself, as <c>GroupTransition</c> says.
/// </summary>
/// <param name="AtMs">Writer's clock.</param>
/// <param name="Epoch">The epoch of the shard's holder under which the changes were decided, whenever they are committed; 0 for a writer
/// that coordinates nothing.</param>
/// <param name="Changes">The changes, in order.</param>
public sealed record GroupsEntry(long AtMs, int Epoch, ImmutableArray<GroupChange> Changes) : Entry(AtMs);

/// <summary>
/// An entry that is too large for a slot lies in an object. It is trash from its commit on: once a checkpoint covers that, nobody reads it
/// again.
/// </summary>
/// <param name="AtMs">Writer's clock.</param>
/// <param name="Object">The object.</param>
/// <param name="Bytes">How long it is.</param>
/// <param name="Content">The entry; null until it has been read.</param>
public sealed record ObjectEntry(long AtMs, ObjectRef Object, int Bytes, Entry? Content) : Entry(AtMs);

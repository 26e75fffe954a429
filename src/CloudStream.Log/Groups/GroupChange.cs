using System.Collections.Immutable;
using CloudStream.Log.Calls;

namespace CloudStream.Log.Groups;

/// <summary>One change of one group, as an entry of its coordinator shard carries it.</summary>
/// <param name="Group">The group's name.</param>
public abstract record GroupChange(string Group);

/// <summary>Offsets are committed; the group comes to be with the first ones.</summary>
public sealed record OffsetsCommitted(string Group, ImmutableSortedDictionary<PartitionId, StoredOffset> Offsets) : GroupChange(Group);

/// <summary>Offsets are taken out.</summary>
public sealed record OffsetsDeleted(string Group, ImmutableArray<PartitionId> Partitions) : GroupChange(Group);

/// <summary>
/// Offsets go, as far as they still are what they were when they were found to have expired. A group without members goes with its last
/// offset.
/// </summary>
public sealed record OffsetsExpired(string Group, ImmutableSortedDictionary<PartitionId, StoredOffset> Offsets) : GroupChange(Group);

/// <summary>
/// A generation is formed: its number is higher than any before, its members have no assignments yet. Without members the group is empty.
/// </summary>
public sealed record GenerationFormed(
    string Group, int Generation, string ProtocolType, string ProtocolName, string LeaderId, ImmutableArray<StoredMember> Members)
    : GroupChange(Group);

/// <summary>The leader has divided the work of the generation: an assignment for each member, in their order.</summary>
public sealed record GenerationAssigned(string Group, int Generation, ImmutableArray<ReadOnlyMemory<byte>> Assignments)
    : GroupChange(Group);

/// <summary>A static member of the generation came back and takes its former self's place, with the assignment.</summary>
public sealed record MemberReplaced(string Group, int Generation, string FormerId, StoredMember Member) : GroupChange(Group);

/// <summary>A group without members goes, with its offsets.</summary>
public sealed record GroupDeleted(string Group) : GroupChange(Group);

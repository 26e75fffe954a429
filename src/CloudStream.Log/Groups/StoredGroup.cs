using System.Collections.Immutable;
using CloudStream.Log.Calls;

namespace CloudStream.Log.Groups;

/// <summary>A group as its coordinator shard holds it: committed offsets, and the present generation. Immutable.</summary>
public sealed record StoredGroup
{
    // Before New, which is made of it: static fields are set in the order in which they stand.
    /// <summary>No offsets, in the order in which they are stored.</summary>
    public static ImmutableSortedDictionary<PartitionId, StoredOffset> NoOffsets { get; } =
        ImmutableSortedDictionary.Create<PartitionId, StoredOffset>(Comparer<PartitionId>.Create(static (a, b) =>
            a.TopicId == b.TopicId ? a.Index.CompareTo(b.Index) : a.TopicId.CompareTo(b.TopicId)));

    /// <summary>A group in which nothing has happened.</summary>
    public static StoredGroup New { get; } = new();

    /// <summary>The newest generation that anybody may have heard of; it only grows.</summary>
    public int Generation { get; init; }

    /// <summary>The members' protocol type; empty when there were never any.</summary>
    public string ProtocolType { get; init; } = "";

    /// <summary>The protocol that the generation elected; empty for none.</summary>
    public string ProtocolName { get; init; } = "";

    /// <summary>The member that assigns; empty for none.</summary>
    public string LeaderId { get; init; } = "";

    /// <summary>Whether the leader has assigned; before that nobody's assignment means anything.</summary>
    public bool IsAssigned { get; init; }

    /// <summary>When the last member went, milliseconds since 1970; 0 while there are members or when there were never any.</summary>
    public long EmptySinceMs { get; init; }

    /// <summary>The members of the generation, in the order in which they joined.</summary>
    public ImmutableArray<StoredMember> Members { get; init; } = [];

    /// <summary>Committed offsets.</summary>
    public ImmutableSortedDictionary<PartitionId, StoredOffset> Offsets { get; init; } = NoOffsets;

    /// <summary>Whether it has members.</summary>
    public bool HasMembers => !Members.IsEmpty;
}

using System.Collections.Immutable;
using CloudStream.Log.Calls;

namespace CloudStream.Cluster.Groups.Registers;

/// <summary>The value of register <c>groups/NAME</c>. Immutable. Byte by byte in docs/FORMATS.md.</summary>
internal sealed record GroupRegister
{
    // Before New, which is made of it: static fields are set in the order in which they stand.
    /// <summary>No offsets, in the order in which they are stored.</summary>
    public static ImmutableSortedDictionary<PartitionId, OffsetEntry> NoOffsets { get; } =
        ImmutableSortedDictionary.Create<PartitionId, OffsetEntry>(Comparer<PartitionId>.Create(static (a, b) =>
            a.TopicId == b.TopicId ? a.Index.CompareTo(b.Index) : a.TopicId.CompareTo(b.TopicId)));

    /// <summary>How many changes a register remembers.</summary>
    public const int MaxRecentChanges = 8;

    /// <summary>A group in which nothing has happened: what a register is created with, whoever creates it.</summary>
    public static GroupRegister New { get; } = new();

    /// <summary>Who coordinates it.</summary>
    public GroupClaim Claim { get; init; } = GroupClaim.None;

    /// <summary>The newest generation that anybody may have heard of; it only grows.</summary>
    public int Generation { get; init; }

    /// <summary>The members' protocol type; empty when there were never any.</summary>
    public string ProtocolType { get; init; } = "";

    /// <summary>The protocol that the generation elected; empty for none.</summary>
    public string ProtocolName { get; init; } = "";

    /// <summary>When the last member went, milliseconds since 1970; 0 when there were never any.</summary>
    public long EmptySinceMs { get; init; }

    /// <summary>The members of the generation, in the order in which they joined.</summary>
    public ImmutableArray<RememberedMember> Members { get; init; } = [];

    /// <summary>
    /// Ids of the newest changes, the newest last, at most <see cref="MaxRecentChanges"/>: a writer whose reply was lost finds its own
    /// here.
    /// </summary>
    public ImmutableArray<ulong> RecentChanges { get; init; } = [];

    /// <summary>Committed offsets.</summary>
    public ImmutableSortedDictionary<PartitionId, OffsetEntry> Offsets { get; init; } = NoOffsets;

    /// <summary>The group's name where the key holds only its hash; otherwise null.</summary>
    public string? LongName { get; init; }

    /// <summary>Whether it has members.</summary>
    public bool HasMembers => !Members.IsEmpty;

    /// <summary>With the id of the change that makes it.</summary>
    public GroupRegister ChangedBy(ulong id)
    {
        var kept = RecentChanges.Length < MaxRecentChanges ? RecentChanges : RecentChanges[1..];
        return this with { RecentChanges = kept.Add(id) };
    }
}

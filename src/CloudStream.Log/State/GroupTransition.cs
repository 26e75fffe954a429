using System.Collections.Immutable;
using CloudStream.Log.Entries;
using CloudStream.Log.Groups;

namespace CloudStream.Log.State;

/// <summary>
/// Groups change. What was decided by a coordinator counts only under its own epoch, so that one that has been deposed, and may not know
/// it, changes nothing; what nobody's coordinator decided counts only for groups without members.
/// </summary>
internal static class GroupTransition
{
    /// <summary>Partitions that <c>__consumer_offsets</c> has in Kafka by default, and virtually here.</summary>
    public const int OffsetsTopicPartitions = 50;

    public static ShardState Apply(ShardState state, GroupsEntry entry)
    {
        foreach (var change in entry.Changes)
        {
            if (RefusalOf(state, entry.Epoch, change) == GroupRefusal.None)
                state = Apply(state, change, entry.AtMs);
        }

        return state;
    }

    /// <summary>Why a change that was decided under an epoch would change nothing.</summary>
    public static GroupRefusal RefusalOf(ShardState state, int epoch, GroupChange change)
    {
        var group = state.Groups.GetValueOrDefault(change.Group);
        if (epoch != 0 && (epoch != state.Epoch || state.Holder is null))
            return GroupRefusal.OtherEpoch;
        if (epoch == 0 && change is GenerationFormed or GenerationAssigned or MemberReplaced)
            return GroupRefusal.OtherEpoch;
        if (group is { HasMembers: true } && (epoch == 0 || change is GroupDeleted))
            return GroupRefusal.HasMembers;
        return change switch
        {
            OffsetsDeleted or OffsetsExpired or GroupDeleted when group is null => GroupRefusal.NoSuchGroup,
            GenerationFormed formed when formed.Generation <= (group?.Generation ?? 0) => GroupRefusal.OtherGeneration,
            GenerationAssigned assigned when group is null || group.Generation != assigned.Generation || group.IsAssigned
                || group.Members.Length != assigned.Assignments.Length => GroupRefusal.OtherGeneration,
            MemberReplaced replaced when group is null || group.Generation != replaced.Generation
                || !group.Members.Any(m => m.Id == replaced.FormerId) => GroupRefusal.OtherGeneration,
            _ => GroupRefusal.None,
        };
    }

    /// <summary>The state after a change that is not refused.</summary>
    public static ShardState Apply(ShardState state, GroupChange change, long atMs)
    {
        var group = state.Groups.GetValueOrDefault(change.Group) ?? StoredGroup.New;
        var next = change switch
        {
            OffsetsCommitted c => group with { Offsets = group.Offsets.SetItems(c.Offsets) },
            OffsetsDeleted c => group with { Offsets = group.Offsets.RemoveRange(c.Partitions) },
            OffsetsExpired c => Expire(group, c),
            GenerationFormed c => Form(group, c, atMs),
            GenerationAssigned c => group with
            {
                IsAssigned = true,
                Members = [.. group.Members.Select((m, i) => m with { Assignment = c.Assignments[i] })],
            },
            MemberReplaced c => Replace(group, c),
            _ => null,
        };
        state = state with { Groups = next is null ? state.Groups.Remove(change.Group) : state.Groups.SetItem(change.Group, next) };
        return change is OffsetsCommitted committed
            ? state with { OffsetsTopicEnds = Advance(state.OffsetsTopicEnds, committed) }
            : state;
    }

    /// <summary>The partition of <c>__consumer_offsets</c> in which Kafka would keep the group: by Java's hash of its name.</summary>
    public static int OffsetsTopicPartitionOf(string group)
    {
        var hash = 0;
        foreach (var c in group)
            hash = unchecked((31 * hash) + c);
        return hash == int.MinValue ? 0 : Math.Abs(hash) % OffsetsTopicPartitions;
    }

    private static StoredGroup Form(StoredGroup group, GenerationFormed formed, long atMs) => group with
    {
        Generation = formed.Generation,
        ProtocolType = formed.ProtocolType,
        ProtocolName = formed.ProtocolName,
        LeaderId = formed.LeaderId,
        IsAssigned = false,
        EmptySinceMs = formed.Members.IsEmpty ? atMs : 0,
        Members = formed.Members,
    };

    private static StoredGroup Replace(StoredGroup group, MemberReplaced replaced)
    {
        var index = group.Members.Select(m => m.Id).ToList().IndexOf(replaced.FormerId);
        return group with
        {
            LeaderId = group.LeaderId == replaced.FormerId ? replaced.Member.Id : group.LeaderId,
            Members = group.Members.SetItem(index, replaced.Member with { Assignment = group.Members[index].Assignment }),
        };
    }

    private static StoredGroup? Expire(StoredGroup group, OffsetsExpired expired)
    {
        var gone = expired.Offsets.Where(o => group.Offsets.TryGetValue(o.Key, out var present) && present == o.Value).Select(o => o.Key);
        var left = group.Offsets.RemoveRange(gone);
        return left.IsEmpty && !group.HasMembers ? null : group with { Offsets = left };
    }

    private static ImmutableArray<long> Advance(ImmutableArray<long> ends, OffsetsCommitted committed)
    {
        if (ends.IsEmpty)
            ends = [.. new long[OffsetsTopicPartitions]];
        var partition = OffsetsTopicPartitionOf(committed.Group);
        return ends.SetItem(partition, ends[partition] + committed.Offsets.Count);
    }
}

using CloudStream.Client.Transport;

namespace CloudStream.Client.Admin;

/// <summary>A group, its members and how far it is behind.</summary>
public sealed record GroupDescription
{
    /// <summary>Its name.</summary>
    public required string Group { get; init; }

    /// <summary>Empty, PreparingRebalance, CompletingRebalance or Stable.</summary>
    public required string State { get; init; }

    /// <summary><c>consumer</c> for consumers; empty where only offsets were committed.</summary>
    public required string ProtocolType { get; init; }

    /// <summary>The elected assignor; empty while there is none.</summary>
    public required string Assignor { get; init; }

    /// <summary>The present generation; 0 before the first.</summary>
    public required int Generation { get; init; }

    /// <summary>The broker that coordinates it; -1 for nobody.</summary>
    public required int Coordinator { get; init; }

    /// <summary>The member that assigns; empty for none.</summary>
    public required string Leader { get; init; }

    /// <summary>Its members.</summary>
    public required IReadOnlyList<GroupMemberDescription> Members { get; init; }

    /// <summary>Partitions that have a committed offset or are assigned, by topic and partition.</summary>
    public required IReadOnlyList<GroupPartition> Partitions { get; init; }

    /// <summary>Records that the group has yet to process, where it has committed anything.</summary>
    public long Lag => Partitions.Sum(p => p.Lag ?? 0);

    internal static GroupDescription From(GroupDocument group) => new()
    {
        Group = group.Group,
        State = group.State,
        ProtocolType = group.ProtocolType,
        Assignor = group.Assignor ?? "",
        Generation = group.Generation,
        Coordinator = group.Coordinator,
        Leader = group.Leader ?? "",
        Members = group.Members.ConvertAll(GroupMemberDescription.From),
        Partitions = group.Partitions.ConvertAll(p => new GroupPartition(
            new TopicPartition(p.Topic, p.Partition), p.CommittedOffset, p.Metadata ?? "", p.LogStartOffset, p.LogEndOffset, p.Lag,
            p.MemberId)),
    };
}

/// <summary>A member of a group.</summary>
/// <param name="MemberId">Its id.</param>
/// <param name="InstanceId">A static member's own name, or null.</param>
/// <param name="ClientId">Its name for itself.</param>
/// <param name="Host">Where it is.</param>
/// <param name="Assignment">Its partitions.</param>
public sealed record GroupMemberDescription(
    string MemberId, string? InstanceId, string ClientId, string Host, IReadOnlyList<TopicPartition> Assignment)
{
    internal static GroupMemberDescription From(GroupMemberDocument member) => new(
        member.MemberId, member.InstanceId, member.ClientId, member.Host,
        [.. member.Assignment.SelectMany(t => t.Partitions.Select(p => new TopicPartition(t.Topic, p)))]);
}

/// <summary>How far a group is behind on a partition.</summary>
/// <param name="Partition">The partition.</param>
/// <param name="CommittedOffset">The offset of the record to read next; null for nothing committed.</param>
/// <param name="Metadata">What was committed with it.</param>
/// <param name="LogStartOffset">The first offset that can be read.</param>
/// <param name="LogEndOffset">One past the last record.</param>
/// <param name="Lag">Records between the committed offset and the end; null for nothing committed.</param>
/// <param name="MemberId">The member that reads it; null for nobody.</param>
public sealed record GroupPartition(
    TopicPartition Partition, long? CommittedOffset, string Metadata, long LogStartOffset, long LogEndOffset, long? Lag, string? MemberId);

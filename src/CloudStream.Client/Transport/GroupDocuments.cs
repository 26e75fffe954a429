using System.Text.Json.Serialization;

namespace CloudStream.Client.Transport;

internal sealed record GroupListDocument([property: JsonRequired] List<ListedGroupDocument> Groups);

internal sealed record ListedGroupDocument(string Group, string Type, string ProtocolType, string State);

internal sealed record GroupDocument(
    [property: JsonRequired] string Group,
    [property: JsonRequired] string State,
    string ProtocolType,
    int Generation,
    string? Assignor,
    string? Leader,
    int Coordinator,
    [property: JsonRequired] List<GroupMemberDocument> Members,
    [property: JsonRequired] List<GroupPartitionDocument> Partitions);

internal sealed record GroupMemberDocument(
    string MemberId, string? InstanceId, string ClientId, string Host, List<TopicPartitionsDocument> Assignment);

internal sealed record TopicPartitionsDocument(string Topic, List<int> Partitions);

internal sealed record GroupPartitionDocument(
    string Topic, int Partition, long? CommittedOffset, string? Metadata, long LogStartOffset, long LogEndOffset, long? Lag,
    string? MemberId);

internal sealed record GroupOffsetsDocument([property: JsonRequired] List<GroupOffsetDocument> Offsets);

internal sealed record GroupOffsetDocument(string Topic, int Partition, long Offset, string? Metadata);

internal sealed record CommitOffsetsDocument(List<GroupOffsetDocument> Offsets, int? Generation = null, string? InstanceId = null);

internal sealed record ResetOffsetsDocument(
    string? To, long? Offset, long? Timestamp, long? ShiftBy, List<string>? Topics, List<PlaceDocument>? Partitions, bool DryRun);

internal sealed record PlaceDocument(string Topic, int Partition);

internal sealed record ResetAnswerDocument(bool DryRun, [property: JsonRequired] List<OffsetMoveDocument> Offsets);

internal sealed record OffsetMoveDocument(string Topic, int Partition, long? Before, long Offset);

internal sealed record JoinGroupDocument(
    IReadOnlyList<string> Topics,
    string? MemberId,
    string? InstanceId,
    string ClientId,
    long SessionTimeoutMs,
    long RebalanceTimeoutMs,
    IReadOnlyList<string>? Assignors,
    List<PlaceDocument>? OwnedPartitions,
    int? OwnedGeneration,
    long Wait);

internal sealed record MemberDocument(
    [property: JsonRequired] string MemberId, [property: JsonRequired] int Generation, bool Rebalancing,
    List<TopicPartitionsDocument>? Assignment);

internal sealed record HeartbeatDocument(int Generation, string? InstanceId, long Wait);

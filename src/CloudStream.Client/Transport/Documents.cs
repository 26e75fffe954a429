using System.Text.Json.Serialization;

namespace CloudStream.Client.Transport;

internal sealed record TopicDocument(
    string Name,
    string? Id,
    int Partitions,
    Dictionary<string, string?>? Config,
    List<ConfigEntryDocument>? ConfigEntries,
    List<PartitionDocument>? PartitionDetails);

internal sealed record ConfigEntryDocument(string Name, string? Value, bool IsDefault, string? Doc);

internal sealed record PartitionDocument(
    int Partition, int Shard, int Leader, int LeaderEpoch, long LogStartOffset, long HighWatermark, long Bytes);

internal sealed record TopicListDocument(List<TopicDocument> Topics);

internal sealed record CreateTopicDocument(string Name, int? Partitions, IReadOnlyDictionary<string, string>? Config);

internal sealed record AlterTopicDocument(int? Partitions, IReadOnlyDictionary<string, string?>? Config);

internal sealed record OffsetDocument(long Offset, long? Timestamp, int? LeaderEpoch);

internal sealed record DeleteRecordsDocument(long BeforeOffset);

internal sealed record LogStartDocument(long LogStartOffset);

internal sealed record ProducerDocument(long ProducerId, short ProducerEpoch);

internal sealed record ClusterDocument(string ClusterId, int BrokerId, string? Version, bool Ready);

internal sealed record AppendDocument(
    long BaseOffset, long LastOffset, long? LogAppendTime, bool? Duplicate, long? LogStartOffset, long? HighWatermark);

internal sealed record ProblemDocument(
    string? Type,
    string? Title,
    int? Status,
    string? Detail,
    string? Code,
    long? EndOffset,
    long? LogStartOffset,
    long? HighWatermark,
    long? RetryAfterMs,
    CoordinatorDocument? Coordinator);

internal sealed record CoordinatorDocument(int Id, Uri? Url);

/// <summary>Everything that travels as JSON, by generated code: nothing is looked up by reflection.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(TopicDocument))]
[JsonSerializable(typeof(TopicListDocument))]
[JsonSerializable(typeof(CreateTopicDocument))]
[JsonSerializable(typeof(AlterTopicDocument))]
[JsonSerializable(typeof(OffsetDocument))]
[JsonSerializable(typeof(DeleteRecordsDocument))]
[JsonSerializable(typeof(LogStartDocument))]
[JsonSerializable(typeof(ProducerDocument))]
[JsonSerializable(typeof(ClusterDocument))]
[JsonSerializable(typeof(AppendDocument))]
[JsonSerializable(typeof(ProblemDocument))]
[JsonSerializable(typeof(GroupListDocument))]
[JsonSerializable(typeof(GroupDocument))]
[JsonSerializable(typeof(GroupOffsetsDocument))]
[JsonSerializable(typeof(CommitOffsetsDocument))]
[JsonSerializable(typeof(ResetOffsetsDocument))]
[JsonSerializable(typeof(ResetAnswerDocument))]
[JsonSerializable(typeof(JoinGroupDocument))]
[JsonSerializable(typeof(MemberDocument))]
[JsonSerializable(typeof(HeartbeatDocument))]
internal sealed partial class DocumentContext : JsonSerializerContext;

using System.Text.Json.Serialization;

namespace CloudStream.Client.Transport;

// What a reply must have to be one of a broker is required: anything else that answers would be taken for one.
internal sealed record TopicDocument(
    [property: JsonRequired] string Name,
    string? Id,
    [property: JsonRequired] int Partitions,
    Dictionary<string, string?>? Config,
    List<ConfigEntryDocument>? ConfigEntries,
    List<PartitionDocument>? PartitionDetails);

internal sealed record ConfigEntryDocument(string Name, string? Value, bool IsDefault, string? Doc);

internal sealed record PartitionDocument(
    int Partition,
    int Shard,
    int Leader,
    int LeaderEpoch,
    long LogStartOffset,
    long HighWatermark,
    long Bytes,
    List<AcceptedLossDocument>? AcceptedLosses);

internal sealed record AcceptedLossDocument(
    [property: JsonRequired] long FirstOffset,
    [property: JsonRequired] long LastOffset,
    [property: JsonRequired] string By,
    [property: JsonRequired] long At);

internal sealed record TopicListDocument([property: JsonRequired] List<TopicDocument> Topics);

internal sealed record CreateTopicDocument(string Name, int? Partitions, IReadOnlyDictionary<string, string>? Config);

internal sealed record AlterTopicDocument(int? Partitions, IReadOnlyDictionary<string, string?>? Config);

internal sealed record OffsetDocument([property: JsonRequired] long Offset, long? Timestamp, int? LeaderEpoch);

internal sealed record DeleteRecordsDocument(long BeforeOffset);

internal sealed record LogStartDocument([property: JsonRequired] long LogStartOffset);

internal sealed record LossDocument(
    [property: JsonRequired] long FirstOffset, [property: JsonRequired] long LastOffset, [property: JsonRequired] string By);

internal sealed record ProducerDocument([property: JsonRequired] long ProducerId, [property: JsonRequired] short ProducerEpoch);

internal sealed record ClusterDocument(
    [property: JsonRequired] string ClusterId, [property: JsonRequired] int BrokerId, string? Version, bool Ready);

internal sealed record AppendDocument(
    [property: JsonRequired] long BaseOffset,
    [property: JsonRequired] long LastOffset,
    long? LogAppendTime, bool? Duplicate, long? LogStartOffset, long? HighWatermark);

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
[JsonSerializable(typeof(LossDocument))]
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

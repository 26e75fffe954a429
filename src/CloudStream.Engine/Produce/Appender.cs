using CloudStream.Engine.Runtime;
using CloudStream.Engine.Shards;
using CloudStream.Engine.State;
using CloudStream.Engine.Topics;
using CloudStream.Records;
using CloudStream.Storage;

namespace CloudStream.Engine.Produce;

/// <summary>
/// The first step of a produce: checks the batches on the caller's buffer against the topic's limits and hands them to the partition's shard.
/// </summary>
internal sealed class Appender(Func<TopicInfo, TopicConfig> configOf, IReadOnlyList<Shard> shards, BrokerRuntime runtime)
{
    public async ValueTask<AppendResult> AppendAsync(
        TopicInfo topic, int partition, ReadOnlyMemory<byte> batches, AppendOptions options, CancellationToken cancellationToken)
    {
        if (partition < 0 || partition >= topic.PartitionCount)
            return AppendResult.Failed(ErrorCode.UnknownPartition, $"Topic {topic.Name} has partitions 0 to {topic.PartitionCount - 1}, not {partition}.");
        var config = configOf(topic);
        var validation = RecordBatchValidator.Validate(batches.Span, config.MaxMessageBytes);
        if (!validation.IsValid)
            return AppendResult.Failed(ErrorOf(validation.Status), validation.Detail);
        if (Refuses(config, batches.Span, validation, options) is { } refusal)
            return refusal;
        var shard = shards[topic.Shards[partition]];
        var id = new PartitionId(topic.Id, partition);
        try
        {
            // A partition that this process has not seen yet may have been created by another broker a moment ago.
            var state = shard.State.Find(id) ?? (await shard.RefreshAsync(cancellationToken)).Find(id);
            return state is null
                ? AppendResult.Failed(ErrorCode.UnknownPartition, $"Partition {partition} of topic {topic.Name} is being deleted.")
                : await shard.AppendAsync(state, batches, validation.RecordCount, config.TimestampType == TimestampType.LogAppendTime, options, cancellationToken);
        }
        catch (StoreException e) when (e.IsTransient)
        {
            return AppendResult.Failed(ErrorCode.StoreUnavailable, "The metadata store cannot be reached.");
        }
    }

    private AppendResult? Refuses(TopicConfig config, ReadOnlySpan<byte> batches, BatchValidation validation, AppendOptions options)
    {
        if (options.ExpectedOffset >= 0 && validation.BatchCount > 1 && new RecordBatchHeader(batches).ProducerId >= 0)
            return AppendResult.Failed(ErrorCode.InvalidRequest, "A conditional append of an idempotent producer holds one batch.");
        return config.TimestampType == TimestampType.CreateTime ? RefusesTimestamps(config, batches) : null;
    }

    // As Kafka: bounds are checked on what the batch header says; the default bounds never refuse.
    private AppendResult? RefusesTimestamps(TopicConfig config, ReadOnlySpan<byte> batches)
    {
        if (config.TimestampBeforeMaxMs == long.MaxValue && config.TimestampAfterMaxMs == long.MaxValue)
            return null;
        var now = runtime.Time.GetUtcNow().ToUnixTimeMilliseconds();
        for (var rest = batches; !rest.IsEmpty; rest = rest[new RecordBatchHeader(rest).TotalBytes..])
        {
            var header = new RecordBatchHeader(rest);
            if (header.BaseTimestamp >= 0 && now - header.BaseTimestamp > config.TimestampBeforeMaxMs)
                return Timestamp(header.BaseTimestamp, config.TimestampBeforeMaxMs, "before");
            if (header.MaxTimestamp - now > config.TimestampAfterMaxMs)
                return Timestamp(header.MaxTimestamp, config.TimestampAfterMaxMs, "after");
        }

        return null;
    }

    private static AppendResult Timestamp(long timestamp, long limit, string side) => AppendResult.Failed(
        ErrorCode.InvalidTimestamp, $"Timestamp {timestamp} lies more than {limit} ms {side} the broker's clock (message.timestamp.{side}.max.ms).");

    internal static ErrorCode ErrorOf(BatchValidationStatus status) => status switch
    {
        BatchValidationStatus.Ok => ErrorCode.None,
        BatchValidationStatus.TooLarge => ErrorCode.MessageTooLarge,
        BatchValidationStatus.UnsupportedMagic => ErrorCode.UnsupportedFormat,
        BatchValidationStatus.CrcMismatch or BatchValidationStatus.Incomplete or BatchValidationStatus.BadLength or BatchValidationStatus.Empty => ErrorCode.CorruptMessage,
        _ => ErrorCode.InvalidRecord,
    };
}

using System.Buffers;
using CloudStream.Cluster.Settings;
using CloudStream.Cluster.Topics;
using CloudStream.Log.Calls;
using CloudStream.Log.Runtime;
using CloudStream.Log.Shards;
using CloudStream.Records;
using CloudStream.Storage;

namespace CloudStream.Cluster.Produce;

/// <summary>
/// The first step of a produce: checks the batches on the caller's buffer against the topic's limits and hands them to the partition's shard.
/// </summary>
internal sealed class Appender(Func<TopicInfo, TopicConfig> configOf, IReadOnlyList<Shard> shards, BrokerRuntime runtime)
{
    /// <summary>Checks and queues; afterwards the caller's buffer is the caller's again.</summary>
    public async ValueTask<AppendTicket> BeginAsync(
        TopicInfo topic, int partition, ReadOnlySequence<byte> batches, AppendOptions options, CancellationToken cancellationToken)
    {
        if (partition < 0 || partition >= topic.PartitionCount)
            return AppendTicket.Failed(ErrorCode.UnknownPartition, $"Topic {topic.Name} has partitions 0 to {topic.PartitionCount - 1}, not {partition}.");
        var config = configOf(topic);
        var validation = RecordBatchValidator.Validate(batches, config.MaxMessageBytes);
        if (!validation.IsValid)
            return AppendTicket.Failed(ErrorOf(validation.Status), validation.Detail);
        if (Refuses(config, validation, options) is { } refusal)
            return new AppendTicket(refusal);
        if (config.IsCompacted && KeylessRecords.Refuse(topic, partition, batches) is { } keyless)
            return new AppendTicket(keyless);
        var shard = shards[topic.Shards[partition]];
        var id = new PartitionId(topic.Id, partition);
        try
        {
            // A partition that this process has not seen yet may have been created by another broker a moment ago.
            var state = shard.State.Find(id) ?? (await shard.RefreshAsync(cancellationToken)).Find(id);
            return state is null
                ? AppendTicket.Failed(ErrorCode.UnknownPartition, $"Partition {partition} of topic {topic.Name} is being deleted.")
                : await shard.BeginAppendAsync(state, batches, validation.RecordCount, config.TimestampType == TimestampType.LogAppendTime, options, cancellationToken);
        }
        catch (StoreException e) when (e.IsTransient)
        {
            return AppendTicket.Failed(ErrorCode.StoreUnavailable, "The metadata store cannot be reached.");
        }
    }

    private AppendResult? Refuses(TopicConfig config, in BatchValidation validation, AppendOptions options)
    {
        if (options.ExpectedOffset >= 0 && validation.BatchCount > 1 && validation.IsIdempotent)
            return AppendResult.Failed(ErrorCode.InvalidRequest, "A conditional append of an idempotent producer holds one batch.");
        return config.TimestampType == TimestampType.CreateTime ? RefusesTimestamps(config, validation) : null;
    }

    // As Kafka: bounds are checked on what the batch header says; the default bound into the past never refuses.
    private AppendResult? RefusesTimestamps(TopicConfig config, in BatchValidation validation)
    {
        var now = runtime.Time.GetUtcNow().ToUnixTimeMilliseconds();
        if (validation.MinTimestamp != long.MaxValue && now - validation.MinTimestamp > config.TimestampBeforeMaxMs)
            return Timestamp(validation.MinTimestamp, config.TimestampBeforeMaxMs, "before");
        return validation.MaxTimestamp - now > config.TimestampAfterMaxMs ? Timestamp(validation.MaxTimestamp, config.TimestampAfterMaxMs, "after") : null;
    }

    private static AppendResult Timestamp(long timestamp, long limit, string side) => AppendResult.Failed(
        ErrorCode.InvalidTimestamp, $"Timestamp {timestamp} lies more than {limit} ms {side} the broker's clock (message.timestamp.{side}.max.ms).");

    internal static ErrorCode ErrorOf(BatchValidationStatus status) => status switch
    {
        BatchValidationStatus.Ok => ErrorCode.None,
        BatchValidationStatus.TooLarge => ErrorCode.MessageTooLarge,
        BatchValidationStatus.UnsupportedMagic => ErrorCode.UnsupportedFormat,
        BatchValidationStatus.CrcMismatch or BatchValidationStatus.Incomplete or BatchValidationStatus.BadLength or BatchValidationStatus.Empty => ErrorCode.CorruptMessage,
        BatchValidationStatus.BadTimestamp => ErrorCode.InvalidTimestamp,
        _ => ErrorCode.InvalidRecord,
    };
}

using System.Buffers;
using CloudStream.Cluster.Settings;
using CloudStream.Cluster.Topics;
using CloudStream.Log.Calls;
using CloudStream.Log.Memory;
using CloudStream.Log.Reading;
using CloudStream.Log.Runtime;
using CloudStream.Log.Shards;
using CloudStream.Records;
using CloudStream.Records.Compression;
using CloudStream.Storage;
using Microsoft.Extensions.Logging;

namespace CloudStream.Cluster.Produce;

/// <summary>
/// The first step of a produce: checks the batches and the records in them, on the caller's buffer and against the topic's limits, and
/// hands them to the partition's shard.
/// </summary>
internal sealed class Appender(
    Func<TopicInfo, TopicConfig> configOf, IReadOnlyList<Shard> shards, BrokerOptions options, BrokerRuntime runtime, ByteBudget decoding,
    LogReader reader)
{
    private readonly bool _checksRecords = BrokerSettings.ChecksRecords(options);

    /// <summary>Checks and queues; afterwards the caller's buffer is the caller's again.</summary>
    public async ValueTask<AppendTicket> BeginAsync(
        TopicInfo topic, int partition, ReadOnlySequence<byte> batches, AppendOptions append, CancellationToken cancellationToken)
    {
        if (partition < 0 || partition >= topic.PartitionCount)
            return AppendTicket.Failed(ErrorCode.UnknownPartition,
                $"Topic {topic.Name} has partitions 0 to {topic.PartitionCount - 1}, not {partition}.");
        var config = configOf(topic);
        var validation = RecordBatchValidator.Validate(batches, config.MaxMessageBytes);
        if (!validation.IsValid)
            return AppendTicket.Failed(ErrorOf(validation.Status), validation.Detail);
        if (append.ExpectedOffset >= 0 && validation.BatchCount > 1 && validation.IsIdempotent)
            return AppendTicket.Failed(ErrorCode.InvalidRequest, "A conditional append of an idempotent producer holds one batch.");
        var (refusal, settled) = await SettleAsync(topic, partition, config, validation, batches, cancellationToken);
        if (refusal is { } refused)
            return new AppendTicket(refused);
        var shard = shards[topic.Shards[partition]];
        var id = new PartitionId(topic.Id, partition);
        try
        {
            // A partition that this process has not seen yet may have been created by another broker a moment ago.
            var state = shard.State.Find(id) ?? (await shard.RefreshAsync(cancellationToken)).Find(id);
            var stamps = config.TimestampType == TimestampType.LogAppendTime;
            if (state is null)
                return AppendTicket.Failed(ErrorCode.UnknownPartition, $"Partition {partition} of topic {topic.Name} is being deleted.");
            var ticket = await shard.BeginAppendAsync(state, settled, validation.RecordCount, stamps, append, cancellationToken);
            return validation.IsIdempotent ? ticket.WithDuplicate(result => DuplicateAsync(shard, id, result)) : ticket;
        }
        catch (StoreException) when (shard.Unreadable is not null)
        {
            return AppendTicket.Failed(ErrorCode.ShardUnreadable, FetchFailure.DescribeUnreadable(shard));
        }
        catch (StoreException e)
        {
            return AppendTicket.Failed(StoreFailure.CodeOf(e), StoreFailure.Describe(e, "The metadata store cannot be reached."));
        }
    }

    // A producer that sends again is told when what is stored was stamped, not when it came again.
    private async ValueTask<AppendResult> DuplicateAsync(Shard shard, PartitionId id, AppendResult result)
    {
        using var stored = await reader.FetchAsync(
            shard, id, result.BaseOffset, new FetchOptions { MaxBytes = 1, Sequential = false }, CancellationToken.None);
        var time = stored.Pieces.Count > 0 ? new RecordBatchHeader(stored.Pieces[0].Span).MaxTimestamp : -1;
        return result with { LogAppendTimeMs = time };
    }

    // Why the topic refuses the batches, or the batches as they are stored. Decoders share a budget of memory, for which they wait in turn.
    private async ValueTask<(AppendResult? Refusal, ReadOnlySequence<byte> Settled)> SettleAsync(
        TopicInfo topic, int partition, TopicConfig config, BatchValidation validation, ReadOnlySequence<byte> batches,
        CancellationToken cancellationToken)
    {
        if (!_checksRecords && !config.IsCompacted)
            return Trust(config, validation, batches);
        var memory = RecordCheck.MemoryFor(batches);
        if (memory > 0 && !await decoding.AcquireAsync(memory, options.MaxBufferWait, runtime.Time, cancellationToken))
            return (AppendResult.Failed(ErrorCode.Overloaded, "Too much is being decompressed.",
                (int)options.MaxBufferWait.TotalMilliseconds), default);
        try
        {
            return Check(topic, partition, config, batches);
        }
        finally
        {
            if (memory > 0)
                decoding.Release(memory);
        }
    }

    private (AppendResult? Refusal, ReadOnlySequence<byte> Settled) Check(
        TopicInfo topic, int partition, TopicConfig config, in ReadOnlySequence<byte> batches)
    {
        var times = new BatchTimes();
        var refusal = new RecordCheck(topic, partition, config, runtime.Time.GetUtcNow().ToUnixTimeMilliseconds()).Refuse(
            batches, ref times);
        return (refusal, times.Of(batches));
    }

    // What the headers say is believed.
    private (AppendResult? Refusal, ReadOnlySequence<byte> Settled) Trust(
        TopicConfig config, in BatchValidation validation, in ReadOnlySequence<byte> batches)
    {
        if (config.TimestampType == TimestampType.LogAppendTime)
            return (null, batches);
        var times = new BatchTimes();
        times.SettleUnseen(batches);
        return (RefusesTimestamps(config, validation), times.Of(batches));
    }

    private AppendResult? RefusesTimestamps(TopicConfig config, in BatchValidation validation)
    {
        var now = runtime.Time.GetUtcNow().ToUnixTimeMilliseconds();
        if (validation.MinTimestamp != long.MaxValue && now - validation.MinTimestamp > config.TimestampBeforeMaxMs)
            return Timestamp(validation.MinTimestamp, config.TimestampBeforeMaxMs, "before");
        return validation.MaxTimestamp - now > config.TimestampAfterMaxMs
            ? Timestamp(validation.MaxTimestamp, config.TimestampAfterMaxMs, "after")
            : null;
    }

    private static AppendResult Timestamp(long timestamp, long limit, string side) => AppendResult.Failed(
        ErrorCode.InvalidTimestamp,
        $"Timestamp {timestamp} lies more than {limit} ms {side} the broker's clock (message.timestamp.{side}.max.ms).");

    internal static ErrorCode ErrorOf(BatchValidationStatus status) => status switch
    {
        BatchValidationStatus.Ok => ErrorCode.None,
        BatchValidationStatus.TooLarge => ErrorCode.MessageTooLarge,
        BatchValidationStatus.UnsupportedMagic => ErrorCode.UnsupportedFormat,
        BatchValidationStatus.CrcMismatch or BatchValidationStatus.Incomplete or BatchValidationStatus.BadLength
            or BatchValidationStatus.Empty => ErrorCode.CorruptMessage,
        _ => ErrorCode.InvalidRecord,
    };
}

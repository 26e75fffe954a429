using System.Buffers;
using CloudStream.Cluster;
using CloudStream.Cluster.Topics;
using CloudStream.Kafka.Errors;
using CloudStream.Kafka.Face;
using CloudStream.Kafka.Messages;
using CloudStream.Kafka.Requests;
using CloudStream.Kafka.Topics;
using CloudStream.Log.Calls;
using CloudStream.Records;
using CloudStream.Records.Compression;

namespace CloudStream.Kafka.Produce;

/// <summary>
/// Produce. Beginning copies every partition's batches into the engine, in the order of the request, so that requests of one connection
/// append in their order; the answer follows the commits.
/// </summary>
internal sealed class ProduceHandler(KafkaFace face) : KafkaHandler(ApiKey.Produce, 3, 13, RequestOrder.Alongside)
{
    // A producer's timeout is for replicas: Kafka waits for its own append without a limit, and with one replica it never says that time is
    // over. We wait so long at least, as most clients do; only then, and where the outcome really is not known, it is said that it is not.
    private static readonly TimeSpan s_leastPatience = TimeSpan.FromSeconds(30);

    private readonly TopicLookup _topics = new(face.Broker);

    /// <summary>librdkafka before 2.12 looks for version 0 and otherwise sends uncompressed.</summary>
    public override short AdvertisedMinVersion => 0;

    /// <inheritdoc/>
    public override async ValueTask<PendingAnswer> BeginAsync(KafkaRequest request, RequestContext context)
    {
        var produce = (ProduceRequest)request;
        var refusal = RefusalOf(produce);
        var appends = new ProduceAppends(context);
        foreach (var topic in produce.TopicData)
        {
            appends.Add(topic.Name, topic.TopicId);
            var (info, error) = refusal != KafkaError.None
                ? (null, refusal)
                : await _topics.FindAsync(topic.Name, topic.TopicId, context.Version >= 13, context.Ending);
            foreach (var partition in topic.PartitionData)
            {
                if (info is null)
                    appends.Refuse(partition.Index, error, null);
                else
                    await BeginAsync(appends, info, partition.Index, produce, partition.Records, context);
            }
        }

        return Answer(produce, appends);
    }

    private async ValueTask BeginAsync(
        ProduceAppends appends, TopicInfo topic, int index, ProduceRequest request, ReadOnlySequence<byte>? records, RequestContext context)
    {
        if ((uint)index >= (uint)topic.PartitionCount)
        {
            appends.Refuse(index, KafkaError.UnknownTopicOrPartition, null);
            return;
        }

        if ((FaultOf(records, context.Version) ?? FaultOf(request.Acks)) is { } fault)
        {
            appends.Refuse(index, fault.Error, fault.Detail);
            return;
        }

        AppendTicket ticket;
        try
        {
            ticket = await face.Broker.BeginAppendAsync(
                new PartitionId(topic.Id, index), records!.Value, new AppendOptions(), context.Ending);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            // A defect, and as in Kafka this partition's alone: a producer that is not told what the others have stored writes it again.
            face.Metrics.Failed(KafkaApis.Get(ApiKey.Produce));
            KafkaLog.AppendFailed(face.Logger, e, topic.Name, index);
            appends.Refuse(index, KafkaError.UnknownServerError, null);
            return;
        }

        await appends.AddAsync(index, ticket);
    }

    private PendingAnswer Answer(ProduceRequest request, ProduceAppends appends)
    {
        if (request.Acks == 0)
            return appends.IsSettled && !appends.HasFailed ? default : new PendingAnswer(SettleAsync(appends));
        return appends.IsSettled ? new PendingAnswer(appends.Response) : new PendingAnswer(FinishAsync(appends, Patience(request)));
    }

    private static TimeSpan Patience(ProduceRequest request)
    {
        var asked = TimeSpan.FromMilliseconds(request.TimeoutMs);
        return request.Acks != 1 && asked > s_leastPatience ? asked : s_leastPatience;
    }

    private async Task<KafkaResponse?> FinishAsync(ProduceAppends appends, TimeSpan patience)
    {
        await appends.WaitAsync(new AppendPatience(patience, face.Time));
        return appends.Response;
    }

    // Nobody waits for an answer; as in Kafka, a producer learns of a failure by the end of its connection.
    private async Task<KafkaResponse?> SettleAsync(ProduceAppends appends)
    {
        await appends.WaitAsync(new AppendPatience(s_leastPatience, face.Time));
        return appends.HasFailed ? throw new IOException("an append with acks=0 failed") : null;
    }

    // Why the request as a whole is refused.
    private static KafkaError RefusalOf(ProduceRequest request)
    {
        // As from a broker on which nobody may use transactions: there are none yet.
        return request.TransactionalId is not null
            || HasTransactionalBatch(request) ? KafkaError.TransactionalIdAuthorizationFailed : KafkaError.None;
    }

    // Why the acknowledgement that is asked for cannot be had; null when it can.
    private static (KafkaError Error, string Detail)? FaultOf(short acks) =>
        acks is < -1 or > 1 ? (KafkaError.InvalidRequiredAcks, $"acks is {acks}; it must be 0, 1 or -1 (all).") : null;

    // What Kafka asks of one partition's records beyond sound batches, which the log checks: why they are refused, or null. Looks at
    // headers only.
    private static (KafkaError Error, string Detail)? FaultOf(ReadOnlySequence<byte>? records, short version)
    {
        Span<byte> copy = stackalloc byte[RecordBatchLayout.HeaderBytes];
        if (records is not { IsEmpty: false } batches)
            return (KafkaError.InvalidRecord, "There must be one record batch for each partition.");
        if (batches.Length < RecordBatchLayout.HeaderBytes)
            return (KafkaError.InvalidRecord, $"The records end after {batches.Length} bytes, inside a batch header.");
        batches.Slice(0, RecordBatchLayout.HeaderBytes).CopyTo(copy);
        var header = new RecordBatchHeader(copy);
        if (header.BatchLength >= RecordBatchLayout.MinBatchLength && header.TotalBytes > batches.Length)
            return (KafkaError.InvalidRecord, $"The records end after {batches.Length} bytes, inside a batch of {header.TotalBytes}.");
        if (header.Magic != RecordBatchLayout.CurrentMagic)
            return (header.Magic > RecordBatchLayout.CurrentMagic
                ? KafkaError.CorruptMessage
                : KafkaError.InvalidRecord, $"The record batch has magic {header.Magic}; only 2 is taken.");
        if (header.BatchLength >= RecordBatchLayout.MinBatchLength && header.TotalBytes < batches.Length)
            return (KafkaError.InvalidRecord, "There must be exactly one record batch for each partition.");
        if (header.Compression == CompressionType.Zstd && version < 7)
            return (KafkaError.UnsupportedCompressionType, "Produce requests below version 7 may not be compressed with zstd.");
        return header.BaseOffset == 0
            ? null
            : (KafkaError.InvalidRecord, $"The base offset of a produced batch is 0, not {header.BaseOffset}.");
    }

    private static bool HasTransactionalBatch(ProduceRequest request)
    {
        foreach (var topic in request.TopicData)
        {
            foreach (var partition in topic.PartitionData)
            {
                if (IsTransactional(partition.Records))
                    return true;
            }
        }

        return false;
    }

    private static bool IsTransactional(ReadOnlySequence<byte>? records)
    {
        if (records is not { } batches || batches.Length < RecordBatchLayout.HeaderBytes)
            return false;
        Span<byte> copy = stackalloc byte[RecordBatchLayout.HeaderBytes];
        batches.Slice(0, RecordBatchLayout.HeaderBytes).CopyTo(copy);
        var header = new RecordBatchHeader(copy);
        return header.Magic == RecordBatchLayout.CurrentMagic && header.IsTransactional;
    }
}

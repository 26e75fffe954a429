using CloudStream.Cluster;
using CloudStream.Cluster.Topics;
using CloudStream.Http.Face;
using CloudStream.Http.Problems;
using CloudStream.Http.Requests;
using CloudStream.Http.Topics;
using CloudStream.Log.Calls;
using CloudStream.Records;
using Microsoft.AspNetCore.Http;

namespace CloudStream.Http.Produce;

/// <summary>Where the records of one produce go and on what conditions: path, query and headers of the request, read and checked.</summary>
internal sealed class ProduceTarget
{
    private readonly StickyPartitioner _sticky = new(Random.Shared);
    private readonly TimeProvider _time;
    private readonly int _requestPartition;
    private readonly byte[]? _requestKey;

    private ProduceTarget(HttpFace face, TopicInfo topic, HttpRequest request, QueryReader query)
    {
        _time = face.Time;
        Topic = topic;
        Conditions = ConditionHeaders.Read(request);
        _requestPartition = query.OptionalPartition("partition") ?? -1;
        if (_requestPartition >= 0)
            TopicLookup.RequirePartition(topic, _requestPartition);
        _requestKey = query.Text(QueryReader.Key) is null ? null : TargetText.Bytes(request, QueryReader.Key);
        KeyFormat = ByteFormats.Read(query, "keyFormat");
        ValueFormat = ByteFormats.Read(query, "valueFormat");
        MaxBatchBytes = TopicLookup.MaxMessageBytes(face.Broker, topic);
        AppendOptions = new AppendOptions { ExpectedOffset = Conditions.ExpectedOffset };
        BatchOptions = Conditions.IsIdempotent
            ? new RecordBatchOptions
            {
                ProducerId = Conditions.ProducerId,
                ProducerEpoch = Conditions.ProducerEpoch,
                BaseSequence = Conditions.Sequence
            }
            : new RecordBatchOptions();
    }

    public TopicInfo Topic { get; }

    public ConditionHeaders Conditions { get; }

    public ByteFormat KeyFormat { get; }

    public ByteFormat ValueFormat { get; }

    /// <summary>The largest batch that the topic takes.</summary>
    public int MaxBatchBytes { get; }

    public AppendOptions AppendOptions { get; }

    private RecordBatchOptions BatchOptions { get; }

    public static async ValueTask<ProduceTarget> ReadAsync(HttpFace face, HttpContext context, QueryReader query)
    {
        // 1. What can be refused without the topic is refused before a topic may be created. 2. The topic. 3. What depends on it.
        ConditionHeaders.Read(context.Request);
        query.OptionalPartition("partition");
        var topic = await TopicLookup.FindOrCreateAsync(face.Broker, query.Topic, context.RequestAborted);
        return new ProduceTarget(face, topic, context.Request, query);
    }

    /// <summary>An empty buffer for one partition.</summary>
    public BatchBuffer NewBuffer() => new(MaxBatchBytes, Conditions.NeedsOneBatch, BatchOptions);

    /// <summary>The record's own timestamp, or now; in milliseconds since the Unix epoch.</summary>
    public long Timestamp(ProduceRecord record) =>
        record.TimestampMs >= 0 ? record.TimestampMs : _time.GetUtcNow().ToUnixTimeMilliseconds();

    /// <summary>Completes the record from the request and chooses its partition.</summary>
    /// <param name="record">Gets the request's key if it says nothing about its own.</param>
    /// <param name="where">The record in complaints.</param>
    public int Partition(ProduceRecord record, RecordPlace where)
    {
        if (!record.HasKey && _requestKey is not null)
            record.Key = _requestKey;
        if (record.Partition >= 0)
            return NamedPartition(record.Partition, where);
        if (_requestPartition >= 0)
            return _requestPartition;
        if (Conditions.NeedsOneBatch)
            throw new RequestRejectedException(
                "A conditional or idempotent request goes to one partition: name it with ?partition= or in every record.");
        if (record.Key is { } key)
            return DefaultPartitioner.ForKey(key.Span, Topic.PartitionCount);
        var partition = _sticky.Next(Topic.PartitionCount);
        _sticky.Appended((record.Value?.Length ?? 0) + 16);
        return partition;
    }

    private int NamedPartition(int partition, RecordPlace where)
    {
        if (_requestPartition >= 0 && partition != _requestPartition)
            throw new RequestRejectedException(
                $"The request names partition {_requestPartition}, but {where} names partition {partition}.");
        if (partition < Topic.PartitionCount)
            return partition;
        throw new RequestRejectedException(Problem.From(ErrorCode.UnknownPartition,
            $"Topic \"{Topic.Name}\" has {Topic.PartitionCount} partitions (0 to {Topic.PartitionCount - 1}), but {where} names "
                + $"partition {partition}."));
    }
}

using CloudStream.Cluster;
using CloudStream.Cluster.Topics;
using CloudStream.Http.Problems;
using CloudStream.Http.Requests;
using CloudStream.Http.Routing;
using CloudStream.Log.Calls;

namespace CloudStream.Http.Fetch;

/// <summary>What a fetch of one partition asks for.</summary>
internal sealed record FetchQuery(
    TopicPartition Partition, FetchStart Start, int? Limit, int MaxBytes, TimeSpan Wait, ByteFormat KeyFormat, ByteFormat ValueFormat)
{
    public const int DefaultLimit = 500;
    public const int MaxLimit = 10_000;
    public const int DefaultMaxBytes = 1024 * 1024;
    public const int LargestMaxBytes = 64 * 1024 * 1024;

    public static readonly TimeSpan MaxWait = TimeSpan.FromSeconds(60);

    public static readonly IReadOnlyList<OperationParameter> Parameters =
    [
        new("offset", "OffsetOrWord", "Where to begin: an offset, earliest or latest. Default earliest. Excludes timestamp."),
        new("timestamp", "Timestamp", "Begin at the first record that is this new or newer. Excludes offset."),
        new("lastEventId", "Text", "Event streams only: go on after the event of this id, or after an offset. "
            + "The header Last-Event-ID goes before it, and both go before offset and timestamp."),
        new("limit", "Integer", "Most records, 1 to 10000. Default 500; an event stream without it has no end."),
        new("maxBytes", "Integer", "Bytes after which no more batches are added, 1 to 67108864. Default 1048576."),
        new("wait", "Duration", "How long to wait for a record when there is none: milliseconds or 500ms or 2s, at most 60s. Default 0."),
        new("keyFormat", "ByteFormat", "How keys are shown."),
        new("valueFormat", "ByteFormat", "How values are shown."),
    ];

    public static FetchQuery Read(QueryReader query) => new(
        new TopicPartition(query.Topic, query.Partition),
        FetchStart.Read(query),
        (int?)query.OptionalInteger("limit", 1, MaxLimit),
        query.Integer("maxBytes", 1, LargestMaxBytes, DefaultMaxBytes),
        query.Duration("wait", MaxWait),
        ByteFormats.Read(query, "keyFormat"),
        ByteFormats.Read(query, "valueFormat"));

    /// <summary>The offset to begin at, looked up where the request does not name it.</summary>
    /// <exception cref="RequestRejectedException">The look-up failed.</exception>
    public async ValueTask<long> ResolveAsync(IBroker broker, CancellationToken cancellationToken)
    {
        if (Start.Offset is { } offset)
            return offset;
        var found = await broker.ListOffsetAsync(Partition, Start.Spec, cancellationToken);

        // No record is that new: what comes next will be.
        if (found.Error == ErrorCode.None && found.Offset < 0)
            found = await broker.ListOffsetAsync(Partition, OffsetSpec.Latest, cancellationToken);
        return found.Error == ErrorCode.None ? found.Offset : throw new RequestRejectedException(Problem.From(found.Error, found.Detail));
    }
}

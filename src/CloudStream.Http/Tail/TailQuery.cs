using CloudStream.Cluster;
using CloudStream.Cluster.Topics;
using CloudStream.Http.Problems;
using CloudStream.Http.Requests;
using CloudStream.Http.Routing;
using CloudStream.Http.Topics;
using CloudStream.Log.Calls;
using Microsoft.AspNetCore.Http;

namespace CloudStream.Http.Tail;

/// <summary>What a stream of all partitions of a topic asks for.</summary>
internal sealed record TailQuery(
    string Topic, OffsetSpec From, string? ResumeToken, long? Limit, bool WithTokens, ByteFormat KeyFormat, ByteFormat ValueFormat)
{
    public static readonly IReadOnlyList<OperationParameter> Parameters =
    [
        new("from", "TimeOrWord", "Where to begin: earliest, latest or a timestamp. Default latest."),
        new(LastEventId.Parameter, "Text", "A resume token: go on after it. "
            + "The header Last-Event-ID goes before it, and both go before from."),
        new("limit", "Integer", "End after so many records. Default: never."),
        new("tokens", "Flag",
            "NDJSON only: put the resume token into every line as \"resume\". Default false; events have it as their id."),
        new("keyFormat", "ByteFormat", "How keys are shown."),
        new("valueFormat", "ByteFormat", "How values are shown."),
    ];

    public static TailQuery Read(QueryReader query, HttpRequest request)
    {
        var token = LastEventId.Read(query, request);
        return new TailQuery(query.Topic, ReadFrom(query), token, query.OptionalInteger("limit", 1, long.MaxValue), query.Flag("tokens"),
            ByteFormats.Read(query, "keyFormat"), ByteFormats.Read(query, "valueFormat"));
    }

    /// <summary>The first offset of every partition.</summary>
    /// <exception cref="RequestRejectedException">The token does not fit the topic, or a look-up failed.</exception>
    public async ValueTask<List<TailPosition>> ResolveAsync(IBroker broker, TopicInfo topic, CancellationToken cancellationToken)
    {
        var partitions = await broker.DescribePartitionsAsync(topic, cancellationToken);
        if (ResumeToken is not null)
            return Resume(Tail.ResumeToken.Parse(ResumeToken), topic, partitions);
        var positions = new List<TailPosition>(partitions.Count);
        foreach (var partition in partitions)
        {
            var first = await FirstOffsetAsync(broker, topic, partition, cancellationToken);
            positions.Add(new TailPosition(partition.Partition, first, partition.HighWatermark, partition.LogStartOffset));
        }

        return positions;
    }

    private static OffsetSpec ReadFrom(QueryReader query) => query.Text("from") switch
    {
        null or "latest" => OffsetSpec.Latest,
        "earliest" => OffsetSpec.Earliest,
        var text when TimestampText.TryParse(text, out var milliseconds) => OffsetSpec.AtOrAfter(milliseconds),
        var text => throw new RequestRejectedException(
            $"Query parameter \"from\" is \"{Excerpt.Of(text)}\"; it must be earliest, latest, milliseconds since 1970 or ISO 8601 such as "
                + "2026-01-31T12:00:00Z."),
    };

    private async ValueTask<long> FirstOffsetAsync(
        IBroker broker, TopicInfo topic, PartitionInfo partition, CancellationToken cancellationToken)
    {
        if (From == OffsetSpec.Earliest)
            return partition.LogStartOffset;
        if (From == OffsetSpec.Latest)
            return partition.HighWatermark;
        var found = await broker.ListOffsetAsync(new PartitionId(topic.Id, partition.Partition), From, cancellationToken);
        if (found.Error != ErrorCode.None)
            throw new RequestRejectedException(Problem.From(found.Error, found.Detail));
        return found.Offset >= 0 ? found.Offset : partition.HighWatermark;
    }

    // Records that retention has taken since must not be missing in silence.
    private static List<TailPosition> Resume(ResumeToken token, TopicInfo topic, IReadOnlyList<PartitionInfo> partitions)
    {
        if (token.TopicId != topic.Id)
            throw new RequestRejectedException(TailProblem.OtherTopic());
        if (token.Count > partitions.Count)
            throw new RequestRejectedException(Problem.UnknownPartition(topic.Name, token.Count - 1, partitions.Count));
        var offsets = token.Resolve(partitions) ?? throw new RequestRejectedException(TailProblem.TooFarBack());
        var positions = new List<TailPosition>(partitions.Count);
        foreach (var partition in partitions)
        {
            var offset = partition.Partition < offsets.Length ? offsets[partition.Partition] : partition.LogStartOffset;
            if (offset < partition.LogStartOffset || offset > partition.HighWatermark)
                throw new RequestRejectedException(Problem.OffsetOutOfRange(
                    $"Partition {partition.Partition} goes from offset {partition.LogStartOffset} to {partition.HighWatermark}; it cannot "
                        + $"go on at {offset}.", partition.LogStartOffset, partition.HighWatermark));
            positions.Add(new TailPosition(partition.Partition, offset, partition.HighWatermark, partition.LogStartOffset));
        }

        return positions;
    }
}

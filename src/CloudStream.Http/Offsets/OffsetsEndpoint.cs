using CloudStream.Cluster;
using CloudStream.Cluster.Topics;
using CloudStream.Http.Face;
using CloudStream.Http.Problems;
using CloudStream.Http.Requests;
using CloudStream.Http.Responses;
using CloudStream.Http.Routing;
using CloudStream.Log.Calls;
using Microsoft.AspNetCore.Http;

namespace CloudStream.Http.Offsets;

/// <summary>
/// <c>/v1/topics/{topic}/partitions/{partition}/offsets</c>, <c>…/delete-records</c> and <c>…/losses</c>: where a log begins and ends, and
/// what of it is given up.
/// </summary>
internal sealed class OffsetsEndpoint(HttpFace face)
{
    public Operation[] Operations =>
    [
        new()
        {
            Id = "findOffset",
            Method = "GET",
            Pattern = "/v1/topics/{topic}/partitions/{partition}/offsets",
            Tag = "offsets",
            Summary = "Find an offset by place or time.",
            Query = [new("at", "TimeOrWord",
                "earliest, latest, max-timestamp, or a timestamp: the first record that is this new or newer. Default latest.")],
            Responses = [new(200, "The offset; -1 when no record is that new.", MediaTypes.Json, "OffsetAnswer")],
            Problems = [400, 404, 406, 413, 503],
            Handler = FindAsync,
        },
        new()
        {
            Id = "deleteRecords",
            Method = "POST",
            Pattern = "/v1/topics/{topic}/partitions/{partition}/delete-records",
            Tag = "offsets",
            Summary = "Delete the records before an offset.",
            Bodies = [new(MediaTypes.Json, "DeleteRecords")],
            Responses = [new(200, "Where the log begins now.", MediaTypes.Json, "DeleteRecordsAnswer")],
            Problems = [400, 404, 413, 415, 416, 503],
            Handler = DeleteRecordsAsync,
        },
        new()
        {
            Id = "acceptLoss",
            Method = "POST",
            Pattern = "/v1/topics/{topic}/partitions/{partition}/losses",
            Tag = "offsets",
            Summary = "Give up records that cannot be read; readers pass over them.",
            Bodies = [new(MediaTypes.Json, "AcceptLoss")],
            Responses = [new(200, "What was given up.", MediaTypes.Json, "AcceptLoss")],
            Problems = [400, 404, 413, 415, 416, 500, 503],
            Handler = AcceptLossAsync,
        },
    ];

    private async Task FindAsync(HttpContext context)
    {
        var query = new QueryReader(context);
        var spec = ReadSpec(query);
        Accept.Choose(context.Request, MediaTypes.Json);
        var found = await face.Broker.ListOffsetAsync(new TopicPartition(query.Topic, query.Partition), spec, context.RequestAborted);
        if (found.Error != ErrorCode.None)
            throw new RequestRejectedException(Problem.From(found.Error, found.Detail));
        await JsonResponse.WriteAsync(context, found, static (json, found) =>
        {
            json.WriteStartObject();
            json.WriteNumber("offset", found.Offset);
            json.WriteNumber("timestamp", found.TimestampMs);
            json.WriteNumber("leaderEpoch", found.LeaderEpoch);
            json.WriteEndObject();
        });
    }

    private async Task DeleteRecordsAsync(HttpContext context)
    {
        var query = new QueryReader(context);
        var partition = new TopicPartition(query.Topic, query.Partition);
        using var body = await JsonBody.ReadAsync(context, face.Memory, "beforeOffset");
        var before = body.Integer("beforeOffset", -1, long.MaxValue)
            ?? throw new RequestRejectedException("Field \"beforeOffset\" is missing; -1 stands for the high watermark.");
        var result = await face.Broker.DeleteRecordsAsync(partition, before, context.RequestAborted);
        if (result.Error == ErrorCode.OffsetOutOfRange)
            throw new RequestRejectedException(await OutOfRangeAsync(partition, result, context.RequestAborted));
        if (result.Error != ErrorCode.None)
            throw new RequestRejectedException(Problem.From(result.Error, result.Detail));
        await JsonResponse.WriteAsync(context, result.Offset, static (json, logStartOffset) =>
        {
            json.WriteStartObject();
            json.WriteNumber("logStartOffset", logStartOffset);
            json.WriteEndObject();
        });
    }

    private async Task AcceptLossAsync(HttpContext context)
    {
        var query = new QueryReader(context);
        var partition = new TopicPartition(query.Topic, query.Partition);
        using var body = await JsonBody.ReadAsync(context, face.Memory, "firstOffset", "lastOffset", "by");
        var first = body.Integer("firstOffset", 0, long.MaxValue - 1)
            ?? throw new RequestRejectedException("Field \"firstOffset\" is missing.");
        var last = body.Integer("lastOffset", 0, long.MaxValue - 1)
            ?? throw new RequestRejectedException("Field \"lastOffset\" is missing.");
        var by = body.Text("by") ?? throw new RequestRejectedException("Field \"by\" is missing: who accepts the loss.");
        var result = await face.Broker.AcceptLossAsync(partition, first, last, by, context.RequestAborted);
        if (result.Error == ErrorCode.OffsetOutOfRange)
            throw new RequestRejectedException(await OutOfRangeAsync(partition, result, context.RequestAborted));
        if (result.Error != ErrorCode.None)
            throw new RequestRejectedException(Problem.From(result.Error, result.Detail));
        await JsonResponse.WriteAsync(context, (first, last, by), static (json, loss) =>
        {
            json.WriteStartObject();
            json.WriteNumber("firstOffset", loss.first);
            json.WriteNumber("lastOffset", loss.last);
            json.WriteString("by", loss.by);
            json.WriteEndObject();
        });
    }

    private async ValueTask<Problem> OutOfRangeAsync(TopicPartition partition, OffsetResult result, CancellationToken cancellationToken)
    {
        var start = await face.Broker.ListOffsetAsync(partition, OffsetSpec.Earliest, cancellationToken);
        var end = await face.Broker.ListOffsetAsync(partition, OffsetSpec.Latest, cancellationToken);
        return Problem.OffsetOutOfRange(result.Detail, start.Offset, end.Offset);
    }

    private static OffsetSpec ReadSpec(QueryReader query) => query.Text("at") switch
    {
        null or "latest" => OffsetSpec.Latest,
        "earliest" => OffsetSpec.Earliest,
        "max-timestamp" => OffsetSpec.MaxTimestamp,
        var text when TimestampText.TryParse(text, out var milliseconds) => OffsetSpec.AtOrAfter(milliseconds),
        var text => throw new RequestRejectedException(
            $"Query parameter \"at\" is \"{Excerpt.Of(text)}\"; it must be earliest, latest, max-timestamp, milliseconds since 1970 or ISO "
                + "8601 such as 2026-01-31T12:00:00Z."),
    };
}

using CloudStream.Cluster;
using CloudStream.Http.Face;
using CloudStream.Http.Formats;
using CloudStream.Http.Problems;
using CloudStream.Http.Requests;
using CloudStream.Http.Routing;
using CloudStream.Http.Tail;
using CloudStream.Log.Calls;
using Microsoft.AspNetCore.Http;

namespace CloudStream.Http.Fetch;

/// <summary><c>GET /v1/topics/{topic}/partitions/{partition}/records</c>: a page as JSON or NDJSON, or an endless event stream.</summary>
internal sealed class FetchRecordsEndpoint(HttpFace face)
{
    public Operation Operation => new()
    {
        Id = "fetchRecords",
        Method = "GET",
        Pattern = "/v1/topics/{topic}/partitions/{partition}/records",
        Tag = "records",
        Summary = "Fetch records of one partition.",
        Description = "JSON and NDJSON answer with one page. text/event-stream goes on for ever (or for limit records): "
            + "the id of an event is its offset with the topic's id, and a client that "
            + "comes back with Last-Event-ID goes on after it. Bytes that are no UTF-8 are in keyBase64 and valueBase64.",
        Query = FetchQuery.Parameters,
        Headers =
        [
            new(
                LastEventId.Header, "Text",
                "Event streams only: go on after the event of this id, or after an offset; goes before lastEventId, offset and timestamp."),
        ],
        Responses =
        [
            new(200, "Records, and where to go on.", MediaTypes.Json, "RecordPage"),
            new(200, "One record a line.", MediaTypes.Ndjson, "Record"),
            new(200, "Events whose data is a record.", MediaTypes.EventStream, "Events"),
        ],
        Problems = [400, 404, 406, 413, 416, 429, 503],
        Handler = HandleAsync,
    };

    private Task HandleAsync(HttpContext context)
    {
        var query = FetchQuery.Read(new QueryReader(context));
        var format = RecordFormat.Choose(context.Request, RecordFormat.Json, RecordFormat.Ndjson, RecordFormat.Events);
        if (!format.IsEndless && context.Request.Query.ContainsKey(LastEventId.Parameter))
            throw new RequestRejectedException(
                $"Query parameter \"{LastEventId.Parameter}\" applies to {MediaTypes.EventStream} only; a page begins at offset.");
        return format.IsEndless ? FollowPartition.HandleAsync(face, context, query, format) : AnswerPageAsync(context, query, format);
    }

    private async Task AnswerPageAsync(HttpContext context, FetchQuery query, RecordFormat format)
    {
        var offset = await query.ResolveAsync(face.Broker, context.RequestAborted);
        using var page = await ReadPageAsync(context, query, offset);
        FetchHeaders.Write(context.Response, page.NextOffset, page.HighWatermark, page.LogStartOffset);
        context.Response.Headers.Vary = "Accept";
        using var writer = format.Open(context.Response, query.KeyFormat, query.ValueFormat);
        writer.Begin(default);
        for (var i = 0; i < page.Count; i++)
        {
            writer.Write(query.Partition.Partition, page[i]);
            if (writer.IsFull)
                await writer.FlushAsync(context.RequestAborted);
        }

        await writer.EndAsync(new LogPlace(page.NextOffset, page.HighWatermark, page.LogStartOffset), context.RequestAborted);
        face.Meters.Served(page.Count);
    }

    private async ValueTask<RecordPage> ReadPageAsync(HttpContext context, FetchQuery query, long offset)
    {
        var options = new FetchOptions { MaxBytes = query.MaxBytes, MaxWait = query.Wait, Decoded = true };
        var result = await LongPoll.FetchAsync(face, context, query.Partition, offset, options);
        if (result.Error != ErrorCode.None)
            throw new RequestRejectedException(FetchProblem.From(result, query.Partition));
        try
        {
            return await RecordPage.ReadAsync(
                face.Broker.Memory, result, offset, query.Limit ?? FetchQuery.DefaultLimit, query.MaxBytes, context.RequestAborted);
        }
        catch (Exception e) when (FetchProblem.FromDecoding(e, query.Partition, offset) is { } problem)
        {
            HttpLog.UndecodableBatch(face.Logger, e, query.Partition.Topic, query.Partition.Partition, offset);
            throw new RequestRejectedException(problem);
        }
    }
}

using System.Text;
using CloudStream.Http.Face;
using CloudStream.Http.Formats;
using CloudStream.Http.Requests;
using CloudStream.Http.Routing;
using CloudStream.Http.Topics;
using Microsoft.AspNetCore.Http;

namespace CloudStream.Http.Tail;

/// <summary><c>GET /v1/topics/{topic}/records</c>: all partitions, for as long as the client stays.</summary>
internal sealed class TailTopicEndpoint(HttpFace face)
{
    /// <summary>Response header: the resume token of the stream's beginning.</summary>
    public const string ResumeHeader = "CloudStream-Resume";

    public Operation Operation => new()
    {
        Id = "tailTopic",
        Method = "GET",
        Pattern = "/v1/topics/{topic}/records",
        Tag = "records",
        Summary = "Stream the records of all partitions as they come.",
        Description = "The id of an event is a resume token that covers all partitions: "
            + "a client that comes back with Last-Event-ID misses nothing. "
            + "Where a token is larger than 1 KiB (some 250 partitions) it comes every 64 KiB of records and with heartbeats, "
            + "and what was sent since comes again. "
            + "The order is kept within each partition. An event named problem, or a last line with a member error, says why a stream "
            + "ended.",
        Query = TailQuery.Parameters,
        Headers = [new(LastEventId.Header, "Text", "A resume token; goes before from.")],
        Responses =
        [
            new(200, "Events whose data is a record.", MediaTypes.EventStream, "Events"),
            new(200, "One record a line.", MediaTypes.Ndjson, "Record"),
        ],
        Problems = [400, 404, 406, 413, 416, 429, 503],
        Handler = HandleAsync,
    };

    private async Task HandleAsync(HttpContext context)
    {
        var query = TailQuery.Read(new QueryReader(context), context.Request);
        var format = RecordFormat.Choose(context.Request, RecordFormat.Events, RecordFormat.Ndjson);
        var topic = await TopicLookup.FindAsync(face.Broker, query.Topic, context.RequestAborted);
        var positions = await query.ResolveAsync(face.Broker, topic, context.RequestAborted);
        using var open = TailStart.Open(face, context);
        using var writer = format.Open(context.Response, query.KeyFormat, query.ValueFormat);
        var token = new TopicEventId(topic.Id, positions);
        context.Response.Headers[ResumeHeader] = Encoding.ASCII.GetString(token.Now());
        try
        {
            await TailStart.BeginAsync(context.Response, writer, token.Now(), open.Ended);
            var id = format.HasIds || query.WithTokens ? token : null;
            await using var tail = new TopicTail(face, writer, topic, positions, id, query.Limit ?? long.MaxValue, open.Ended);
            await tail.RunAsync();
        }
        catch (OperationCanceledException) when (face.Stopping.IsCancellationRequested)
        {
            // The broker stops; a client that comes back with its token misses nothing, and gets nothing twice if it hears of the newest.
            await token.TellAsync(writer, context.RequestAborted);
        }
    }
}

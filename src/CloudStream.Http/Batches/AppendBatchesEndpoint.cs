using System.Buffers.Text;
using CloudStream.Cluster;
using CloudStream.Cluster.Topics;
using CloudStream.Http.Face;
using CloudStream.Http.Problems;
using CloudStream.Http.Produce;
using CloudStream.Http.Requests;
using CloudStream.Http.Routing;
using CloudStream.Http.Topics;
using CloudStream.Log.Calls;
using Microsoft.AspNetCore.Http;

namespace CloudStream.Http.Batches;

/// <summary>
/// <c>POST /v1/topics/{topic}/partitions/{partition}/batches</c>: record batches as they are. The fast path of clients: nothing per record
/// happens here.
/// </summary>
internal sealed class AppendBatchesEndpoint(HttpFace face)
{
    private const int MaxAnswerBytes = 256;

    public Operation Operation => new()
    {
        Id = "appendBatches",
        Method = "POST",
        Pattern = "/v1/topics/{topic}/partitions/{partition}/batches",
        Tag = "batches",
        Summary = "Append record batches to one partition.",
        Description =
            "The body is one or more whole record batches of Apache Kafka's format 2. Producer id, epoch and sequence are in the batches.",
        Headers = [new("If-Match", "Text", "Append only if the partition's log ends at this offset, in double quotes.")],
        Bodies = [new(MediaTypes.Batches, "Bytes")],
        Responses = [new(200, "The batches are committed.", MediaTypes.Json, "AppendAnswer")],
        Problems = [400, 404, 409, 413, 415, 429, 503],
        Handler = HandleAsync,
    };

    private async Task HandleAsync(HttpContext context)
    {
        ContentTypes.Require(context.Request, MediaTypes.Batches);
        var query = new QueryReader(context);
        var partition = new TopicPartition(query.Topic, query.Partition);
        var options = new AppendOptions { ExpectedOffset = ConditionHeaders.ReadExpectedOffset(context.Request) };
        AppendResult result;
        int length;
        using (var body = await RequestBody.ReadAsync(context, face.Memory, face.Options.MaxRequestBytes))
        {
            length = body.Memory.Length;
            if (length == 0)
                throw new RequestRejectedException("The request body is empty; it must hold at least one record batch.");
            result = await face.Broker.AppendAsync(partition, body.Memory, options, context.RequestAborted);
            if (result.Error == ErrorCode.UnknownTopic && face.Broker.AutoCreateTopics)
            {
                await TopicLookup.FindOrCreateAsync(face.Broker, partition.Topic, context.RequestAborted);
                result = await face.Broker.AppendAsync(partition, body.Memory, options, context.RequestAborted);
            }
        }

        if (result.Error != ErrorCode.None)
            throw new RequestRejectedException(AppendProblem.OfBatches(result));
        face.Meters.BatchesReceived(length);
        Answer(context.Response, result);
        await context.Response.BodyWriter.FlushAsync(context.RequestAborted);
    }

    private static void Answer(HttpResponse response, AppendResult result)
    {
        var target = response.BodyWriter.GetSpan(MaxAnswerBytes);
        var at = 0;
        Number(target, ref at, "{\"baseOffset\":"u8, result.BaseOffset);
        Number(target, ref at, ",\"lastOffset\":"u8, result.LastOffset);
        if (result.LogAppendTimeMs >= 0)
            Number(target, ref at, ",\"logAppendTime\":"u8, result.LogAppendTimeMs);
        if (result.Duplicate)
            Text(target, ref at, ",\"duplicate\":true"u8);
        Number(target, ref at, ",\"logStartOffset\":"u8, result.LogStartOffset);
        Number(target, ref at, ",\"highWatermark\":"u8, result.LogEndOffset);
        Text(target, ref at, "}"u8);
        response.ContentType = MediaTypes.Json;
        response.ContentLength = at;
        response.BodyWriter.Advance(at);
    }

    private static void Number(Span<byte> target, ref int at, ReadOnlySpan<byte> name, long value)
    {
        Text(target, ref at, name);
        Utf8Formatter.TryFormat(value, target[at..], out var length);
        at += length;
    }

    private static void Text(Span<byte> target, ref int at, ReadOnlySpan<byte> text)
    {
        text.CopyTo(target[at..]);
        at += text.Length;
    }
}

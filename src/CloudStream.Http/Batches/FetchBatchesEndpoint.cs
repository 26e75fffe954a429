using System.Buffers;
using CloudStream.Cluster;
using CloudStream.Cluster.Topics;
using CloudStream.Http.Face;
using CloudStream.Http.Fetch;
using CloudStream.Http.Problems;
using CloudStream.Http.Requests;
using CloudStream.Http.Routing;
using CloudStream.Log.Calls;
using CloudStream.Log.Memory;
using Microsoft.AspNetCore.Http;

namespace CloudStream.Http.Batches;

/// <summary>
/// <c>GET /v1/topics/{topic}/partitions/{partition}/batches</c>: record batches as they are, from the engine's buffers to the socket.
/// </summary>
internal sealed class FetchBatchesEndpoint(HttpFace face)
{
    /// <summary>Handed to the server at a time; it copies what it is handed, and this is what it may hold for a slow reader.</summary>
    private const int WriteBytes = SocketBlocks.SendAheadBytes;

    public Operation Operation => new()
    {
        Id = "fetchBatches",
        Method = "GET",
        Pattern = "/v1/topics/{topic}/partitions/{partition}/batches",
        Tag = "batches",
        Summary = "Fetch record batches of one partition.",
        Description = "Whole record batches of Apache Kafka's format 2, the first one containing the offset; empty when there is none yet.",
        Query =
        [
            new("offset", "Offset", "The offset wanted.", Required: true),
            new("maxBytes", "Integer", "Bytes after which no more batches are added, 1 to 67108864. Default 1048576."),
            new("minBytes", "Integer", "Wait for at least so many bytes, 0 to maxBytes. Default 1."),
            new("wait", "Duration", "How long to wait for minBytes: milliseconds or 500ms or 2s, at most 60s. Default 0."),
        ],
        Responses = [new(200, "Record batches.", MediaTypes.Batches, "Bytes")],
        Problems = [400, 404, 406, 416, 429, 503],
        Handler = HandleAsync,
    };

    private async Task HandleAsync(HttpContext context)
    {
        var query = new QueryReader(context);
        var partition = new TopicPartition(query.Topic, query.Partition);
        var offset = query.OptionalInteger("offset", 0, long.MaxValue)
            ?? throw new RequestRejectedException("Query parameter \"offset\" is missing; it must be an offset, 0 or more.");
        var maxBytes = query.Integer("maxBytes", 1, FetchQuery.LargestMaxBytes, FetchQuery.DefaultMaxBytes);
        var options = new FetchOptions
        {
            MaxBytes = maxBytes,
            MinBytes = query.Integer("minBytes", 0, maxBytes, 1),
            MaxWait = query.Duration("wait", FetchQuery.MaxWait),
        };
        Accept.Choose(context.Request, MediaTypes.Batches);
        using var result = await LongPoll.FetchAsync(face, context, partition, offset, options);
        if (result.Error != ErrorCode.None)
            throw new RequestRejectedException(FetchProblem.From(result, partition));
        FetchHeaders.Write(context.Response, result.NextOffset, result.HighWatermark, result.LogStartOffset);
        context.Response.ContentType = MediaTypes.Batches;
        context.Response.ContentLength = result.Bytes;
        await SendAsync(context, result);
        face.Meters.BatchesSent(result.Bytes);
    }

    private static async ValueTask SendAsync(HttpContext context, FetchResult result)
    {
        var body = context.Response.BodyWriter;
        var unflushed = 0;
        for (var i = 0; i < result.Pieces.Count; i++)
        {
            var piece = result.Pieces[i];
            while (!piece.IsEmpty)
            {
                var part = piece[..Math.Min(piece.Length, WriteBytes - unflushed)];
                body.Write(part.Span);
                piece = piece[part.Length..];
                unflushed += part.Length;
                if (unflushed < WriteBytes)
                    continue;
                await body.FlushAsync(context.RequestAborted);
                unflushed = 0;
            }
        }

        await body.FlushAsync(context.RequestAborted);
    }
}

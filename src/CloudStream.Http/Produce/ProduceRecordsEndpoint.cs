using CloudStream.Http.Face;
using CloudStream.Http.Problems;
using CloudStream.Http.Requests;
using CloudStream.Http.Routing;
using Microsoft.AspNetCore.Http;

namespace CloudStream.Http.Produce;

/// <summary><c>POST /v1/topics/{topic}/records</c>.</summary>
internal sealed class ProduceRecordsEndpoint(HttpFace face)
{
    public Operation Operation => new()
    {
        Id = "produceRecords",
        Method = "POST",
        Pattern = "/v1/topics/{topic}/records",
        Tag = "records",
        Summary = "Produce one or many records.",
        Description = "JSON: all records or none are sent. NDJSON: one record a line, appended while the lines arrive; a broken line ends "
            + "the stream, what came "
            + "before it is committed. Any other content type: the body is the value of one record, with the key in CloudStream-Key or "
            + "CloudStream-Key-Base64 and "
            + "record headers in CloudStream-Header-<name>. With If-Match or Producer-Id, Producer-Epoch and Producer-Seq the records make "
            + "one batch for one partition.",
        Query =
        [
            new("partition", "Partition", "The partition for all records. Default: by the hash of the key, without a key any."),
            new(QueryReader.Key, "Text", "Key of every record that does not say anything about its key; escapes may stand for any bytes."),
            new("timestamp", "Timestamp", "Timestamp of the record; only where the body is one value. Default: now."),
            new("keyFormat", "ByteFormat", "What \"key\" means in JSON."),
            new("valueFormat", "ByteFormat", "What \"value\" means in JSON."),
            new("results", "Flag", "NDJSON only: send back the partition and offset of every line as NDJSON. Default false."),
        ],
        Headers =
        [
            new("If-Match", "Text", "Append only if the partition's log ends at this offset, in double quotes."),
            new(ConditionHeaders.ProducerIdName, "Offset", "Idempotent produce: the producer id."),
            new(ConditionHeaders.ProducerEpochName, "Integer", "Idempotent produce: the producer's epoch."),
            new(ConditionHeaders.SequenceName, "Integer", "Idempotent produce: sequence number of the first record."),
            new(ProduceRaw.KeyName, "Text", "The key as text; only where the body is one value."),
            new(ProduceRaw.KeyBase64Name, "Base64", "The key in base64; only where the body is one value."),
        ],
        Bodies =
        [
            new(MediaTypes.Json, "ProduceRequest"),
            new(MediaTypes.Ndjson, "ProduceRecord"),
            new(MediaTypes.Bytes, "Bytes"),
            new(MediaTypes.Text, "Text"),
        ],
        Responses =
        [
            new(200, "The records are committed. For NDJSON the answer is a StreamAnswer, or with results=true one result a line.",
                MediaTypes.Json, "ProduceAnswer"),
            new(200, "With results=true.", MediaTypes.Ndjson, "LineResult"),
        ],
        Problems = [400, 404, 409, 413, 415, 429, 503],
        Handler = HandleAsync,
    };

    private Task HandleAsync(HttpContext context)
    {
        var query = new QueryReader(context);
        var type = ContentTypes.Read(context.Request);
        if (MediaTypes.IsNdjson(type))
            type = MediaTypes.Ndjson;
        if (type != MediaTypes.Ndjson && query.Text("results") is not null)
            throw new RequestRejectedException($"Query parameter \"results\" applies to {MediaTypes.Ndjson} only.");
        if (type is not (MediaTypes.Json or MediaTypes.Ndjson))
            return HandleRawAsync(context, query, type);
        ContentTypes.RequireUtf8(context.Request);
        if (query.Text("timestamp") is not null)
            throw new RequestRejectedException(
                "Query parameter \"timestamp\" applies only where the body is one value; in JSON each record has its own.");
        return type == MediaTypes.Json ? ProduceJson.HandleAsync(face, context, query) : ProduceStream.HandleAsync(face, context, query);
    }

    private Task HandleRawAsync(HttpContext context, QueryReader query, string? type)
    {
        const string Supported =
            $"send {MediaTypes.Json}, {MediaTypes.Ndjson}, or the value itself as {MediaTypes.Bytes}, {MediaTypes.Text} or another type";
        if (type is null)
            throw new RequestRejectedException(Problem.UnsupportedMediaType($"Content-Type is missing; {Supported}."));
        if (type is MediaTypes.Form or MediaTypes.Batches or MediaTypes.JsonSequence
            || type.StartsWith("multipart/", StringComparison.Ordinal))
            throw new RequestRejectedException(Problem.UnsupportedMediaType($"{type} is not supported here; {Supported}."));
        return ProduceRaw.HandleAsync(face, context, query);
    }
}

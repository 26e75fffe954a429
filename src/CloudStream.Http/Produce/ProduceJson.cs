using System.Text.Json;
using CloudStream.Http.Face;
using CloudStream.Http.Problems;
using CloudStream.Http.Requests;
using CloudStream.Log.Calls;
using Microsoft.AspNetCore.Http;

namespace CloudStream.Http.Produce;

/// <summary>
/// Produces <c>{"records":[…]}</c>, an array of records, or one record, all or nothing as far as the request is to blame.
/// </summary>
internal static class ProduceJson
{
    // The batches hold about as much again as the body, and twice that while they grow.
    private const int BodyCost = 3;

    // What a record takes besides its text: what is remembered of it until it is answered, twice while that grows, and its frame in the
    // batch. A body of 25 MiB can have eight million of them.
    private const int RecordCost = 64;

    public static async Task HandleAsync(HttpFace face, HttpContext context, QueryReader query)
    {
        var target = await ProduceTarget.ReadAsync(face, context, query);
        using var batches = new ProduceBatches(target);
        using (var body = await RequestBody.ReadAsync(context, face.Memory, face.Options.MaxRequestBytes, cost: BodyCost))
        {
            await body.TakeAsync(RecordCost * (long)body.Memory.Span.Count((byte)'{'), context.RequestAborted);
            Parse(JsonText.WithoutMark(body.Memory), target, batches);
            await batches.AppendAsync(face, context.RequestAborted);
        }

        face.Meters.Produced(batches.Committed);
        await ProduceAnswer.WriteAsync(context, batches);
    }

    private static void Parse(ReadOnlyMemory<byte> body, ProduceTarget target, ProduceBatches batches)
    {
        if (body.IsEmpty)
            throw new RequestRejectedException("The request body is empty; it must be a record, an array of records or {\"records\":[…]}.");
        JsonText.RequireUtf8(body.Span, "The request body");
        using var parser = new JsonRecordParser(target.KeyFormat, target.ValueFormat);
        try
        {
            ParseBody(body, parser, batches);
        }
        catch (JsonException e)
        {
            throw new RequestRejectedException($"The request body is not valid JSON at {JsonText.Position(e)}.");
        }
    }

    private static void ParseBody(ReadOnlyMemory<byte> body, JsonRecordParser parser, ProduceBatches batches)
    {
        var reader = new Utf8JsonReader(body.Span, JsonText.Strict);
        reader.Read();
        if (reader.TokenType == JsonTokenType.StartArray)
            ParseArray(ref reader, body, parser, batches);
        else if (StartsWithRecords(reader))
            ParseWrapper(ref reader, body, parser, batches);
        else
            ParseOne(ref reader, body, parser, batches);
        while (reader.Read())
        {
            // Runs into whatever follows the one value, which is malformed.
        }

        if (batches.Count == 0)
            throw new RequestRejectedException("The request has no records.");
    }

    // The reader is a copy: looking ahead does not move the caller's.
    private static bool StartsWithRecords(Utf8JsonReader reader) =>
        reader.TokenType == JsonTokenType.StartObject && reader.Read() && reader.TokenType == JsonTokenType.PropertyName
            && reader.ValueTextEquals("records"u8);

    private static void ParseWrapper(ref Utf8JsonReader reader, ReadOnlyMemory<byte> body, JsonRecordParser parser, ProduceBatches batches)
    {
        reader.Read();
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartArray)
            throw new RequestRejectedException($"Field \"records\" is {JsonText.Name(reader.TokenType)}; it must be an array of records.");
        ParseArray(ref reader, body, parser, batches);
        reader.Read();
        if (reader.TokenType == JsonTokenType.PropertyName)
            throw new RequestRejectedException(
                $"Unknown field \"{Excerpt.Of(JsonText.String(ref reader))}\" beside \"records\"; it stands alone.");
    }

    private static void ParseArray(ref Utf8JsonReader reader, ReadOnlyMemory<byte> body, JsonRecordParser parser, ProduceBatches batches)
    {
        var record = new ProduceRecord();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            var where = RecordPlace.Item(batches.Count);
            parser.Parse(ref reader, body, where, record);
            batches.Add(record, where);
        }
    }

    private static void ParseOne(ref Utf8JsonReader reader, ReadOnlyMemory<byte> body, JsonRecordParser parser, ProduceBatches batches)
    {
        var record = new ProduceRecord();
        parser.Parse(ref reader, body, RecordPlace.Only, record);
        batches.Add(record, RecordPlace.Only);
    }
}

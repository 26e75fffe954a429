using System.Text;
using CloudStream.Http.Face;
using CloudStream.Http.Problems;
using CloudStream.Http.Requests;
using CloudStream.Log.Calls;
using CloudStream.Records;
using Microsoft.AspNetCore.Http;

namespace CloudStream.Http.Produce;

/// <summary>Produces the whole body as one record's value; key and headers come from the query and the request's headers.</summary>
internal static class ProduceRaw
{
    public const string KeyName = "CloudStream-Key";
    public const string KeyBase64Name = "CloudStream-Key-Base64";
    public const string HeaderPrefix = "CloudStream-Header-";

    public static async Task HandleAsync(HttpFace face, HttpContext context, QueryReader query)
    {
        foreach (var name in (ReadOnlySpan<string>)["results", "keyFormat", "valueFormat"])
        {
            if (query.Text(name) is not null)
                throw new RequestRejectedException($"Query parameter \"{name}\" does not apply to a body that is one value.");
        }

        var record = ReadRecord(context.Request, query);
        var target = await ProduceTarget.ReadAsync(face, context, query);
        using var batches = new ProduceBatches(target);
        using var body = await RequestBody.ReadAsync(context, face.Memory, target.MaxBatchBytes, TooLarge(target), cost: 2);
        record.Value = body.Memory;
        batches.Add(record, RecordPlace.Only);
        await batches.AppendAsync(face, context.RequestAborted);
        face.Meters.Produced(batches.Committed);
        await ProduceAnswer.WriteAsync(context, batches);
    }

    private static Problem TooLarge(ProduceTarget target) => Problem.From(ErrorCode.MessageTooLarge,
        $"The body is one record, and the limit for a record with its batch header (max.message.bytes) is {target.MaxBatchBytes} bytes.");

    private static ProduceRecord ReadRecord(HttpRequest request, QueryReader query)
    {
        var record = new ProduceRecord { TimestampMs = query.Timestamp("timestamp") ?? -1 };
        var keys = (query.Text(QueryReader.Key) is null ? 0 : 1) + request.Headers[KeyName].Count + request.Headers[KeyBase64Name].Count;
        if (keys > 1)
            throw new RequestRejectedException($"The key is given {keys} times; ?key=, {KeyName} and {KeyBase64Name} exclude each other.");
        if (request.Headers[KeyName] is [{ } text])
            (record.Key, record.HasKey) = (Utf8(text), true);
        if (request.Headers[KeyBase64Name] is [{ } base64])
            (record.Key, record.HasKey) = (FromBase64(base64), true);
        foreach (var (name, values) in request.Headers)
        {
            if (!name.StartsWith(HeaderPrefix, StringComparison.OrdinalIgnoreCase) || name.Length == HeaderPrefix.Length)
                continue;
            foreach (var value in values)
                record.Headers.Add(new RecordHeader(name[HeaderPrefix.Length..], Utf8(value ?? "")));
        }

        return record;
    }

    private static byte[] Utf8(string text) => Encoding.UTF8.GetBytes(text);

    private static byte[] FromBase64(string text)
    {
        var bytes = new byte[text.Length];
        return Convert.TryFromBase64String(text, bytes, out var length)
            ? bytes[..length]
            : throw new RequestRejectedException($"The header {KeyBase64Name} is not valid base64 (RFC 4648, section 4, with padding).");
    }
}

using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using Microsoft.AspNetCore.Http;

namespace CloudStream.Http.Responses;

/// <summary>Sends small JSON bodies with their length.</summary>
internal static class JsonResponse
{
    public const string Json = "application/json";

    /// <summary>Text stays readable; what HTML would need escaped is no concern of an API that never answers with HTML.</summary>
    public static readonly JsonWriterOptions WriterOptions = new()
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        SkipValidation = true
    };

    public static Task WriteAsync<TState>(HttpContext context, TState state, Action<Utf8JsonWriter, TState> write) =>
        WriteAsync(context, Json, state, write);

    public static async Task WriteAsync<TState>(HttpContext context, string contentType, TState state, Action<Utf8JsonWriter, TState> write)
    {
        var buffer = new ArrayBufferWriter<byte>(512);
        await using (var json = new Utf8JsonWriter(buffer, WriterOptions))
            write(json, state);
        context.Response.ContentType = contentType;
        context.Response.ContentLength = buffer.WrittenCount;
        await context.Response.BodyWriter.WriteAsync(buffer.WrittenMemory, context.RequestAborted);
    }
}

using System.Text.Json;
using CloudStream.Http.Problems;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace CloudStream.Http.Requests;

/// <summary>
/// A small JSON object as request body, read strictly: members are taken by name, and what nobody took is refused. Dispose it.
/// </summary>
internal sealed class JsonBody : JsonFields, IDisposable
{
    private const int MaxBytes = 1024 * 1024;

    private readonly JsonDocument _document;

    private JsonBody(JsonDocument document, string[] members)
        : base(document.RootElement, "", members) => _document = document;

    /// <summary>Reads the body.</summary>
    /// <param name="context">The request.</param>
    /// <param name="memory">Where the body is accounted for.</param>
    /// <param name="members">The members that the object may have.</param>
    public static async ValueTask<JsonBody> ReadAsync(HttpContext context, RequestMemory memory, params string[] members)
    {
        ContentTypes.RequireJson(context.Request);
        using var body = await RequestBody.ReadAsync(context, memory, MaxBytes);
        var json = JsonText.WithoutMark(body.Memory);
        if (json.IsEmpty)
            throw new RequestRejectedException($"The request body is empty; it must be a JSON object with {string.Join(", ", members)}.");
        JsonText.RequireUtf8(json.Span, "The request body");
        return new JsonBody(Parse(json), members);
    }

    /// <summary>The same where a request without a body means an object without members.</summary>
    public static ValueTask<JsonBody> ReadOptionalAsync(HttpContext context, RequestMemory memory, params string[] members) =>
        context.Request.ContentLength is null or 0 && context.Features.Get<IHttpRequestBodyDetectionFeature>()?.CanHaveBody != true
            ? new(new JsonBody(Parse("{}"u8.ToArray()), members))
            : ReadAsync(context, memory, members);

    public void Dispose() => _document.Dispose();

    private static JsonDocument Parse(ReadOnlyMemory<byte> body)
    {
        try
        {
            // The document outlives the pooled body, so it gets a copy.
            return JsonDocument.Parse(body.ToArray(), new JsonDocumentOptions { AllowDuplicateProperties = false });
        }
        catch (JsonException e) when (e.BytePositionInLine is not null)
        {
            throw new RequestRejectedException($"The request body is not valid JSON at {JsonText.Position(e)}.");
        }
        catch (JsonException)
        {
            throw new RequestRejectedException("The request body gives a field twice.");
        }
    }
}

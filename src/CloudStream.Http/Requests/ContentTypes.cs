using CloudStream.Http.Problems;
using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;

namespace CloudStream.Http.Requests;

/// <summary>Reads and checks the <c>Content-Type</c> header.</summary>
internal static class ContentTypes
{
    /// <summary>
    /// The media type of the body in lower case; null without the header. Compressed bodies and charsets other than UTF-8 are refused.
    /// </summary>
    public static string? Read(HttpRequest request)
    {
        if (request.Headers.ContentEncoding is { Count: > 0 } encoding
            && !encoding.ToString().Equals("identity", StringComparison.OrdinalIgnoreCase))
            throw new RequestRejectedException(
                Problem.UnsupportedMediaType(
                    $"Content-Encoding \"{Excerpt.Of(encoding.ToString())}\" is not supported: send the body as it is."));
        if (request.ContentType is not { Length: > 0 } header)
            return null;
        if (header is MediaTypes.Json or MediaTypes.Ndjson or MediaTypes.Batches)
            return header;
        if (!MediaTypeHeaderValue.TryParse(header, out var type))
            throw new RequestRejectedException(Problem.UnsupportedMediaType($"Content-Type \"{Excerpt.Of(header)}\" is not a media type."));
        return type.MediaType.ToString().ToLowerInvariant();
    }

    /// <summary>Refuses every body but JSON.</summary>
    public static void RequireJson(HttpRequest request) => Require(request, MediaTypes.Json);

    /// <summary>Refuses every body but one of <paramref name="supported"/>.</summary>
    public static void Require(HttpRequest request, string supported)
    {
        var type = Read(request);
        if (type != supported)
            throw new RequestRejectedException(
                Problem.UnsupportedMediaType(
                    $"Content-Type is {(type is null ? "missing" : $"\"{Excerpt.Of(type)}\"")}; this resource takes {supported}."));
        RequireUtf8(request);
    }

    /// <summary>Refuses a charset other than UTF-8.</summary>
    public static void RequireUtf8(HttpRequest request)
    {
        if (request.ContentType is { } header && header.Contains(';') && MediaTypeHeaderValue.TryParse(header, out var type)
            && type.Charset.HasValue && !type.Charset.Equals("utf-8", StringComparison.OrdinalIgnoreCase)
            && !type.Charset.Equals("\"utf-8\"", StringComparison.OrdinalIgnoreCase))
            throw new RequestRejectedException(
                Problem.UnsupportedMediaType($"Charset \"{Excerpt.Of(type.Charset.ToString())}\" is not supported; the charset is utf-8."));
    }
}

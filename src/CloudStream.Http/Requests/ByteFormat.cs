using CloudStream.Http.Problems;

namespace CloudStream.Http.Requests;

/// <summary>How a key or value travels in JSON.</summary>
internal enum ByteFormat
{
    /// <summary>
    /// A string is its UTF-8 bytes, another JSON value its compact text; bytes that are no text are in the member ending in Base64.
    /// </summary>
    Auto,

    /// <summary>Text only.</summary>
    String,

    /// <summary>The bytes are JSON text.</summary>
    Json,

    /// <summary>Always base64.</summary>
    Base64,
}

/// <summary>Reads format names.</summary>
internal static class ByteFormats
{
    public static ByteFormat Read(QueryReader query, string name) => query.Text(name) switch
    {
        null or "auto" => ByteFormat.Auto,
        "string" => ByteFormat.String,
        "json" => ByteFormat.Json,
        "base64" => ByteFormat.Base64,
        var text => throw new RequestRejectedException(
            $"Query parameter \"{name}\" is \"{Excerpt.Of(text)}\"; it must be auto, string, json or base64."),
    };
}

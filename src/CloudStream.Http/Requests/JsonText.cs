using System.Text;
using System.Text.Json;
using System.Text.Unicode;
using CloudStream.Http.Problems;

namespace CloudStream.Http.Requests;

/// <summary>What complaints about JSON say.</summary>
internal static class JsonText
{
    /// <summary>Reads like the tokens of RFC 8259: comments and trailing commas are errors.</summary>
    public static readonly JsonReaderOptions Strict = new()
    {
        CommentHandling = JsonCommentHandling.Disallow,
        AllowTrailingCommas = false,
        MaxDepth = 64
    };

    /// <summary>The text without the byte order mark that some programs put before it (RFC 8259, 8.1, lets readers pass over it).</summary>
    public static ReadOnlyMemory<byte> WithoutMark(ReadOnlyMemory<byte> json) =>
        json.Span.StartsWith(Encoding.UTF8.Preamble) ? json[Encoding.UTF8.Preamble.Length..] : json;

    public static string Name(JsonTokenType type) => type switch
    {
        JsonTokenType.StartObject => "an object",
        JsonTokenType.StartArray => "an array",
        JsonTokenType.String => "a string",
        JsonTokenType.Number => "a number",
        JsonTokenType.True => "true",
        JsonTokenType.False => "false",
        _ => "null",
    };

    /// <summary>A string or property name; half surrogate pairs become U+FFFD.</summary>
    public static string String(ref Utf8JsonReader reader)
    {
        try
        {
            return reader.GetString() ?? "";
        }
        catch (InvalidOperationException)
        {
            return Encoding.UTF8.GetString(reader.ValueSpan);
        }
    }

    /// <summary>The value that the reader stands at, shortened: scalars as written, others by name.</summary>
    public static string Excerpt(ref Utf8JsonReader reader) => reader.TokenType is JsonTokenType.Number or JsonTokenType.String
        ? Requests.Excerpt.Of(Encoding.UTF8.GetString(reader.ValueSpan))
        : Name(reader.TokenType);

    /// <summary>Where malformed JSON stopped making sense, counted from 1.</summary>
    public static string Position(JsonException e) => $"line {e.LineNumber + 1}, byte {e.BytePositionInLine + 1}";

    /// <summary>Refuses bytes that are not UTF-8, which JSON text must be.</summary>
    public static void RequireUtf8(ReadOnlySpan<byte> json, string what)
    {
        if (Utf8.IsValid(json))
            return;
        var at = 0;
        while (Rune.DecodeFromUtf8(json[at..], out _, out var length) == System.Buffers.OperationStatus.Done)
            at += length;
        throw new RequestRejectedException($"{what} is not valid UTF-8 at byte {at + 1}; raw bytes go into keyBase64 and valueBase64.");
    }
}

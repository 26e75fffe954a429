using System.Text;
using System.Text.Json;
using CloudStream.Http.Problems;
using CloudStream.Http.Requests;
using CloudStream.Records;

namespace CloudStream.Http.Produce;

/// <summary>
/// Reads record headers: an object of strings, or an array of <c>{name, value | valueBase64}</c>, which may repeat names.
/// </summary>
internal static class JsonHeaderParser
{
    /// <summary>Reads the value that the reader stands at. The headers own their memory.</summary>
    public static void Parse(ref Utf8JsonReader reader, string where, List<RecordHeader> headers)
    {
        switch (reader.TokenType)
        {
            case JsonTokenType.Null:
                return;
            case JsonTokenType.StartObject:
                ParseObject(ref reader, where, headers);
                return;
            case JsonTokenType.StartArray:
                ParseArray(ref reader, where, headers);
                return;
            default:
                throw new RequestRejectedException(
                    $"Field \"{where}\" is {JsonText.Name(reader.TokenType)}; it must be an object or an array of {{name, value}}.");
        }
    }

    private static void ParseObject(ref Utf8JsonReader reader, string where, List<RecordHeader> headers)
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var name = Text(ref reader, where);
            if (!names.Add(name))
                throw new RequestRejectedException(
                    $"Field \"{where}.{Excerpt.Of(name)}\" is given twice; the array form of headers may repeat a name.");
            reader.Read();
            headers.Add(Header(name, StringOrNull(ref reader, $"{where}.{name}")));
        }
    }

    private static void ParseArray(ref Utf8JsonReader reader, string where, List<RecordHeader> headers)
    {
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            var item = $"{where}[{headers.Count}]";
            if (reader.TokenType != JsonTokenType.StartObject)
                throw new RequestRejectedException(
                    $"Field \"{item}\" is {JsonText.Name(reader.TokenType)}; it must be an object with name and value.");
            headers.Add(ParseItem(ref reader, item));
        }
    }

    private static RecordHeader ParseItem(ref Utf8JsonReader reader, string where)
    {
        string? name = null;
        byte[]? value = null;
        var hasValue = false;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var member = JsonText.String(ref reader);
            reader.Read();
            if (member == "name" && name is null)
                name = reader.TokenType == JsonTokenType.String
                    ? Text(ref reader, where)
                    : throw Refuse(where, "name", $"is {JsonText.Name(reader.TokenType)}; it must be a string");
            else if (member is "value" or "valueBase64" && !hasValue)
                (value, hasValue) = (member == "value"
                    ? StringOrNull(ref reader, $"{where}.value")
                    : Base64OrNull(ref reader, where), true);
            else if (member is "name" or "value" or "valueBase64")
                throw Refuse(where, member, member == "name" ? "is given twice" : "is given twice or together with its other form");
            else
                throw new RequestRejectedException(
                    $"Unknown field \"{where}.{Excerpt.Of(member)}\"; a header has name and value or valueBase64.");
        }

        return Header(name ?? throw Refuse(where, "name", "is missing"), value);
    }

    // A null array converts to empty memory, which is another value than null.
    private static RecordHeader Header(string name, byte[]? value) =>
        new(name, value is null ? default(ReadOnlyMemory<byte>?) : value.AsMemory());

    private static byte[]? StringOrNull(ref Utf8JsonReader reader, string where) => reader.TokenType switch
    {
        JsonTokenType.Null => null,
        JsonTokenType.String => Encoding.UTF8.GetBytes(Text(ref reader, where)),
        var type => throw new RequestRejectedException(
            $"Field \"{Excerpt.Of(where)}\" is {JsonText.Name(type)}; it must be a string or null."),
    };

    private static byte[]? Base64OrNull(ref Utf8JsonReader reader, string where)
    {
        if (reader.TokenType == JsonTokenType.Null)
            return null;
        if (reader.TokenType != JsonTokenType.String)
            throw Refuse(where, "valueBase64", $"is {JsonText.Name(reader.TokenType)}; it must be a base64 string or null");
        return reader.TryGetBytesFromBase64(out var bytes)
            ? bytes
            : throw Refuse(where, "valueBase64", "is not valid base64 (RFC 4648, section 4, with padding)");
    }

    private static string Text(ref Utf8JsonReader reader, string where)
    {
        try
        {
            return reader.GetString()!;
        }
        catch (InvalidOperationException)
        {
            throw Refuse(where, "text", "has half a surrogate pair (\\ud800 to \\udfff), which is no text");
        }
    }

    private static RequestRejectedException Refuse(string where, string name, string complaint) =>
        new($"Field \"{where}.{name}\" {complaint}.");
}

using System.Text;
using System.Text.Json;
using CloudStream.Client;
using CloudStream.Records;

namespace CloudStream.Cli.Produce;

/// <summary>
/// One record per line as a JSON object, the same shape as the HTTP API takes: <c>key</c> and <c>value</c> (a string is its UTF-8 bytes,
/// any other JSON value its compact text, null or absent is null) or <c>keyBase64</c> and <c>valueBase64</c>; <c>headers</c> (an object of
/// strings, or an array of <c>{name, value|valueBase64}</c>); <c>partition</c>; <c>timestamp</c> (milliseconds).
/// </summary>
internal sealed class JsonRecords(int? partition) : IRecordParser
{
    /// <exception cref="FormatException">What is wrong with the line.</exception>
    public ProduceRecord Parse(ReadOnlyMemory<byte> line)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(line);
            return Read(document.RootElement);
        }
        catch (InvalidOperationException e)
        {
            // What the text reader says of a string that is not Unicode, when it is looked at.
            throw new FormatException("a string is no valid Unicode", e);
        }
        catch (JsonException e)
        {
            throw new FormatException(
                $"not JSON: {e.Message.Split(" Path:")[0].Split(" LineNumber:")[0].TrimEnd('.')} at byte {e.BytePositionInLine}", e);
        }
    }

    private ProduceRecord Read(JsonElement record)
    {
        if (record.ValueKind != JsonValueKind.Object)
            throw new FormatException($"a record is a JSON object, not {Kind(record)}");
        ReadOnlyMemory<byte>? key = null, value = null;
        IReadOnlyList<RecordHeader>? headers = null;
        int? toPartition = partition;
        long? timestamp = null;
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (JsonProperty member in record.EnumerateObject())
        {
            string field = member.Name.Replace("Base64", "", StringComparison.Ordinal);
            if (!seen.Add(field))
                throw new FormatException($"{field} is given twice");
            switch (member.Name)
            {
                case "key":
                    key = Bytes(member.Value);
                    break;
                case "value":
                    value = Bytes(member.Value);
                    break;
                case "keyBase64":
                    key = Base64(member);
                    break;
                case "valueBase64":
                    value = Base64(member);
                    break;
                case "headers":
                    headers = Headers(member.Value);
                    break;
                case "partition":
                    toPartition = (int)Number(member, int.MaxValue);
                    break;
                case "timestamp":
                    timestamp = Number(member, long.MaxValue);
                    break;
                default:
                    throw new FormatException(
                        $"a record has no field '{member.Name}'; there are key, value, keyBase64, valueBase64, headers, partition, "
                            + "timestamp");
            }
        }

        return new ProduceRecord { Key = key, Value = value, Headers = headers, Partition = toPartition, TimestampMs = timestamp };
    }

    private static List<RecordHeader> Headers(JsonElement headers)
    {
        var read = new List<RecordHeader>();
        switch (headers.ValueKind)
        {
            case JsonValueKind.Null:
                break;
            case JsonValueKind.Object:
                foreach (JsonProperty header in headers.EnumerateObject())
                    read.Add(new RecordHeader(header.Name, HeaderValue(header.Name, header.Value)));
                break;
            case JsonValueKind.Array:
                foreach (JsonElement header in headers.EnumerateArray())
                    read.Add(Header(header));
                break;
            default:
                throw new FormatException($"headers are an object or an array, not {Kind(headers)}");
        }

        return read;
    }

    private static RecordHeader Header(JsonElement header)
    {
        if (header.ValueKind != JsonValueKind.Object || !header.TryGetProperty("name", out JsonElement name)
            || name.ValueKind != JsonValueKind.String)
            throw new FormatException("a header in an array is an object with a name");
        ReadOnlyMemory<byte>? value = null;
        foreach (JsonProperty member in header.EnumerateObject())
        {
            value = member.Name switch
            {
                "name" => value,
                "value" => HeaderValue(name.GetString()!, member.Value),
                "valueBase64" => Base64(member),
                _ => throw new FormatException($"a header has no field '{member.Name}'; there are name, value, valueBase64"),
            };
        }

        return new RecordHeader(name.GetString()!, value);
    }

    private static ReadOnlyMemory<byte>? HeaderValue(string name, JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.String => Encoding.UTF8.GetBytes(value.GetString()!),
        JsonValueKind.Null => default(ReadOnlyMemory<byte>?),
        _ => throw new FormatException($"header {name} is a string or null, not {Kind(value)}"),
    };

    private static ReadOnlyMemory<byte>? Bytes(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.String => Encoding.UTF8.GetBytes(value.GetString()!),
        JsonValueKind.Null => default(ReadOnlyMemory<byte>?),
        _ => CompactJson.Of(Encoding.UTF8.GetBytes(value.GetRawText())),
    };

    private static ReadOnlyMemory<byte>? Base64(JsonProperty member)
    {
        if (member.Value.ValueKind == JsonValueKind.Null)
            return null;
        if (member.Value.ValueKind != JsonValueKind.String || !member.Value.TryGetBytesFromBase64(out byte[]? bytes))
            throw new FormatException($"{member.Name} is not base64");
        return bytes;
    }

    private static long Number(JsonProperty member, long max)
    {
        if (member.Value.ValueKind != JsonValueKind.Number || !member.Value.TryGetInt64(out long number) || number < 0 || number > max)
            throw new FormatException($"{member.Name} is not a whole number from 0 to {max}");
        return number;
    }

    private static string Kind(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Array => "an array",
        JsonValueKind.Object => "an object",
        JsonValueKind.String => "a string",
        JsonValueKind.Number => "a number",
        JsonValueKind.Null => "null",
        _ => "a boolean",
    };
}

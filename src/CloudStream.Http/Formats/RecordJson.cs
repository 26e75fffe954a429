using System.Text;
using System.Text.Json;
using System.Text.Unicode;
using CloudStream.Http.Requests;
using CloudStream.Records;

namespace CloudStream.Http.Formats;

/// <summary>Writes records as JSON objects on one line. Allocates nothing per record but for headers.</summary>
internal sealed class RecordJson(ByteFormat keyFormat, ByteFormat valueFormat) : IDisposable
{
    private readonly ScratchMemory _scratch = new();

    /// <summary>Writes one object.</summary>
    /// <param name="json">Receives the object.</param>
    /// <param name="partition">The record's partition.</param>
    /// <param name="record">The record.</param>
    /// <param name="token">Resume token to add; empty for none.</param>
    /// <param name="topic">The record's topic where readers cannot know it; null leaves it out.</param>
    public void Write(Utf8JsonWriter json, int partition, in Record record, ReadOnlySpan<byte> token = default, string? topic = null)
    {
        _scratch.Reset();
        json.WriteStartObject();
        if (topic is not null)
            json.WriteString("topic"u8, topic);
        json.WriteNumber("partition"u8, partition);
        json.WriteNumber("offset"u8, record.Offset);
        json.WriteNumber("timestamp"u8, record.Timestamp);
        WriteBytes(json, "key"u8, "keyBase64"u8, record.Key, keyFormat);
        WriteBytes(json, "value"u8, "valueBase64"u8, record.Value, valueFormat);
        if (record.HeaderCount > 0)
            WriteHeaders(json, record.Headers);
        if (!token.IsEmpty)
            json.WriteString("resume"u8, token);
        json.WriteEndObject();
    }

    public void Dispose() => _scratch.Dispose();

    private static void WriteHeaders(Utf8JsonWriter json, RecordHeaders headers)
    {
        json.WriteStartArray("headers"u8);
        foreach (var header in headers)
        {
            json.WriteStartObject();
            json.WriteString("name"u8, header.Key);
            if (header.Value is not { } value)
                json.WriteNull("value"u8);
            else if (Utf8.IsValid(value.Span))
                json.WriteString("value"u8, value.Span);
            else
                json.WriteBase64String("valueBase64"u8, value.Span);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private void WriteBytes(Utf8JsonWriter json, ReadOnlySpan<byte> name, ReadOnlySpan<byte> base64Name, ReadOnlyMemory<byte>? bytes,
        ByteFormat format)
    {
        if (bytes is not { } memory)
            json.WriteNull(name);
        else if (format == ByteFormat.Json && IsJson(memory.Span))
            WriteJson(json, name, memory.Span);
        else if (format is ByteFormat.Json or ByteFormat.Base64 || (format == ByteFormat.Auto && !Utf8.IsValid(memory.Span)))
            json.WriteBase64String(base64Name, memory.Span);
        else if (Utf8.IsValid(memory.Span))
            json.WriteString(name, memory.Span);
        else
            json.WriteString(name, Encoding.UTF8.GetString(memory.Span));
    }

    // Line feeds inside the value's JSON text would break NDJSON and events.
    private void WriteJson(Utf8JsonWriter json, ReadOnlySpan<byte> name, ReadOnlySpan<byte> text)
    {
        json.WritePropertyName(name);
        if (!CompactJson.MayNeedIt(text))
        {
            json.WriteRawValue(text, skipInputValidation: true);
            return;
        }

        var compact = _scratch.Take(text.Length).Span;
        json.WriteRawValue(compact[..CompactJson.Copy(text, compact)], skipInputValidation: true);
    }

    private static bool IsJson(ReadOnlySpan<byte> bytes)
    {
        if (bytes.IsEmpty || !Utf8.IsValid(bytes))
            return false;
        try
        {
            var reader = new Utf8JsonReader(bytes, JsonText.Strict);
            while (reader.Read())
            {
            }

            return true;
        }
        catch (JsonException)
        {
            return false;
        }
    }
}

using System.Buffers;
using System.Buffers.Text;

using System.Text.Json;
using CloudStream.Http.Problems;
using CloudStream.Http.Requests;
using CloudStream.Records;

namespace CloudStream.Http.Produce;

/// <summary>
/// Reads record objects strictly: unknown, repeated and contradicting members, wrong types and bad base64 are refused by name. Copies only
/// what is escaped, base64 or not compact. Not thread-safe.
/// </summary>
/// <remarks>Malformed JSON comes out as <see cref="JsonException"/>, everything else as <see cref="RequestRejectedException"/>.</remarks>
internal sealed class JsonRecordParser(ByteFormat keyFormat, ByteFormat valueFormat) : IDisposable
{
    private readonly ScratchMemory _scratch = new();
    private ReadOnlyMemory<byte> _json;
    private RecordPlace _where;

    [Flags]
    private enum Seen
    {
        None = 0,
        Key = 1,
        KeyBase64 = 2,
        Value = 4,
        ValueBase64 = 8,
        Headers = 16,
        Partition = 32,
        Timestamp = 64,
    }

    /// <summary>Reads the object that the reader stands at. The record's bytes live until the next call.</summary>
    /// <param name="reader">At the start of a value; afterwards at its end. It reads <paramref name="json"/> from its beginning.</param>
    /// <param name="json">Valid UTF-8; must not change while the record is in use.</param>
    /// <param name="where">The record in complaints.</param>
    /// <param name="record">Receives the record.</param>
    public void Parse(ref Utf8JsonReader reader, ReadOnlyMemory<byte> json, RecordPlace where, ProduceRecord record)
    {
        (_json, _where) = (json, where);
        _scratch.Reset();
        record.Clear();
        if (reader.TokenType != JsonTokenType.StartObject)
            throw new RequestRejectedException($"A record must be an object, but {where} is {JsonText.Name(reader.TokenType)}.");
        var seen = Seen.None;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            ReadMember(ref reader, ref seen, record);
    }

    public void Dispose() => _scratch.Dispose();

    private void ReadMember(ref Utf8JsonReader reader, ref Seen seen, ProduceRecord record)
    {
        var member = Identify(ref reader);
        if ((seen & member) != Seen.None)
            throw Refuse(Name(member), "is given twice");
        seen |= member;
        if ((seen & (Seen.Key | Seen.KeyBase64)) == (Seen.Key | Seen.KeyBase64))
            throw Refuse("key", "and keyBase64 exclude each other");
        if ((seen & (Seen.Value | Seen.ValueBase64)) == (Seen.Value | Seen.ValueBase64))
            throw Refuse("value", "and valueBase64 exclude each other");
        reader.Read();
        switch (member)
        {
            case Seen.Key or Seen.KeyBase64:
                record.Key = ReadBytes(ref reader, Name(member), member == Seen.Key ? keyFormat : ByteFormat.Base64);
                record.HasKey = true;
                break;
            case Seen.Value or Seen.ValueBase64:
                record.Value = ReadBytes(ref reader, Name(member), member == Seen.Value ? valueFormat : ByteFormat.Base64);
                break;
            case Seen.Headers:
                JsonHeaderParser.Parse(ref reader, _where.Path("headers"), record.Headers);
                break;
            case Seen.Partition:
                record.Partition = ReadPartition(ref reader);
                break;
            default:
                record.TimestampMs = ReadTimestamp(ref reader);
                break;
        }
    }

    private Seen Identify(ref Utf8JsonReader reader)
    {
        if (reader.ValueTextEquals("value"u8))
            return Seen.Value;
        if (reader.ValueTextEquals("key"u8))
            return Seen.Key;
        if (reader.ValueTextEquals("valueBase64"u8))
            return Seen.ValueBase64;
        if (reader.ValueTextEquals("keyBase64"u8))
            return Seen.KeyBase64;
        if (reader.ValueTextEquals("headers"u8))
            return Seen.Headers;
        if (reader.ValueTextEquals("partition"u8))
            return Seen.Partition;
        if (reader.ValueTextEquals("timestamp"u8))
            return Seen.Timestamp;
        throw new RequestRejectedException(
            $"Unknown field \"{_where.Path(Excerpt.Of(JsonText.String(ref reader)))}\"; a record has key, keyBase64, value, valueBase64, "
                + "headers, partition and timestamp.");
    }

    private static string Name(Seen member) => member switch
    {
        Seen.Key => "key",
        Seen.KeyBase64 => "keyBase64",
        Seen.Value => "value",
        Seen.ValueBase64 => "valueBase64",
        Seen.Headers => "headers",
        Seen.Partition => "partition",
        _ => "timestamp",
    };

    private ReadOnlyMemory<byte>? ReadBytes(ref Utf8JsonReader reader, string name, ByteFormat format)
    {
        if (reader.TokenType == JsonTokenType.Null)
            return null;
        if (format == ByteFormat.Json || (format == ByteFormat.Auto && reader.TokenType != JsonTokenType.String))
            return RawText(ref reader);
        if (reader.TokenType != JsonTokenType.String)
            throw Refuse(
                name,
                $"is {JsonText.Name(reader.TokenType)}; it must be {(format == ByteFormat.Base64 ? "a base64 string" : "a string")} or "
                    + "null");
        return format == ByteFormat.Base64 ? Base64Bytes(ref reader, name) : StringBytes(ref reader, name);
    }

    private ReadOnlyMemory<byte> RawText(ref Utf8JsonReader reader)
    {
        var start = (int)reader.TokenStartIndex;
        reader.Skip();
        var text = _json[start..(int)reader.BytesConsumed];
        if (!CompactJson.MayNeedIt(text.Span))
            return text;
        var copy = _scratch.Take(text.Length);
        return copy[..CompactJson.Copy(text.Span, copy.Span)];
    }

    private ReadOnlyMemory<byte> StringBytes(ref Utf8JsonReader reader, string name)
    {
        if (!reader.ValueIsEscaped)
            return _json.Slice((int)reader.TokenStartIndex + 1, reader.ValueSpan.Length);
        var copy = _scratch.Take(reader.ValueSpan.Length);
        try
        {
            return copy[..reader.CopyString(copy.Span)];
        }
        catch (InvalidOperationException)
        {
            throw Refuse(name, "has half a surrogate pair (\\ud800 to \\udfff), which is no text");
        }
    }

    private ReadOnlyMemory<byte> Base64Bytes(ref Utf8JsonReader reader, string name)
    {
        var text = StringBytes(ref reader, name).Span;
        var bytes = _scratch.Take(Base64.GetMaxDecodedFromUtf8Length(text.Length));
        if (Base64.DecodeFromUtf8(text, bytes.Span, out _, out var written) == OperationStatus.Done)
            return bytes[..written];
        throw Refuse(name, "is not valid base64 (RFC 4648, section 4, with padding)");
    }

    private int ReadPartition(ref Utf8JsonReader reader) =>
        reader.TokenType == JsonTokenType.Number && reader.TryGetInt32(out var partition) && partition >= 0
            ? partition
            : throw Refuse("partition", $"is {JsonText.Excerpt(ref reader)}; it must be an integer, 0 or more");

    private long ReadTimestamp(ref Utf8JsonReader reader)
    {
        if (reader.TokenType == JsonTokenType.Number && reader.TryGetInt64(out var milliseconds) && milliseconds >= 0)
            return milliseconds;
        if (reader.TokenType == JsonTokenType.String && TimestampText.TryParse(JsonText.String(ref reader), out milliseconds))
            return milliseconds;
        throw new RequestRejectedException(TimestampText.Complaint($"Field \"{_where.Path("timestamp")}\"", JsonText.Excerpt(ref reader)));
    }

    private RequestRejectedException Refuse(string name, string complaint) => new($"Field \"{_where.Path(name)}\" {complaint}.");
}

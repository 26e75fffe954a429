using System.IO.Pipelines;
using System.Text.Json;
using CloudStream.Http.Problems;
using CloudStream.Http.Responses;
using CloudStream.Records;

namespace CloudStream.Http.Formats;

/// <summary>One JSON object with an array <c>records</c>. Owns <paramref name="records"/>.</summary>
/// <param name="body">Receives the text.</param>
/// <param name="records">Writes the records.</param>
/// <param name="opening">Writes the object's members before the records; null for none. Where there are some, the answer is not about one
/// log, and has no place for where that stands.</param>
internal sealed class JsonRecordWriter(PipeWriter body, RecordJson records, Action<Utf8JsonWriter>? opening = null) : IRecordWriter
{
    private const int FlushBytes = 64 * 1024;

    private readonly Utf8JsonWriter _json = new(body, JsonResponse.WriterOptions);

    /// <inheritdoc/>
    public bool IsFull => _json.BytesPending > FlushBytes;

    /// <inheritdoc/>
    public bool HasMarks => false;

    /// <inheritdoc/>
    public void Mark(ReadOnlySpan<byte> id)
    {
    }

    /// <inheritdoc/>
    public void Begin(ReadOnlySpan<byte> id)
    {
        _json.WriteStartObject();
        opening?.Invoke(_json);
        _json.WriteStartArray("records"u8);
    }

    /// <inheritdoc/>
    public void Write(int partition, in Record record, ReadOnlySpan<byte> id = default, string? topic = null) =>
        records.Write(_json, partition, record, id, topic);

    /// <inheritdoc/>
    public async ValueTask FlushAsync(CancellationToken cancellationToken)
    {
        _json.Flush();
        await body.FlushAsync(cancellationToken);
    }

    /// <inheritdoc/>
    public ValueTask HeartbeatAsync(CancellationToken cancellationToken) => ValueTask.CompletedTask;

    /// <inheritdoc/>
    public ValueTask FailAsync(Problem problem, CancellationToken cancellationToken)
    {
        _json.WriteEndArray();
        _json.WritePropertyName("error"u8);
        problem.WriteTo(_json);
        _json.WriteEndObject();
        return FlushAsync(cancellationToken);
    }

    /// <inheritdoc/>
    public ValueTask EndAsync(LogPlace place, CancellationToken cancellationToken)
    {
        _json.WriteEndArray();
        if (opening is null)
        {
            _json.WriteNumber("nextOffset"u8, place.NextOffset);
            _json.WriteNumber("highWatermark"u8, place.HighWatermark);
            _json.WriteNumber("logStartOffset"u8, place.LogStartOffset);
        }

        _json.WriteEndObject();
        return FlushAsync(cancellationToken);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _json.Dispose();
        records.Dispose();
    }
}

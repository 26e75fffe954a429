using System.Buffers;
using System.IO.Pipelines;
using System.Text.Json;
using CloudStream.Http.Problems;
using CloudStream.Http.Responses;
using CloudStream.Records;

namespace CloudStream.Http.Formats;

/// <summary>Server-sent events whose data is a record. Owns <paramref name="records"/>.</summary>
internal sealed class EventRecordWriter(PipeWriter body, RecordJson records) : IRecordWriter
{
    private const int FlushBytes = 64 * 1024;

    // "id: " and what comes before and after the data.
    private const int FramingBytes = 16;

    private readonly Utf8JsonWriter _json = new(body, JsonResponse.WriterOptions);
    private long _unflushed;

    /// <inheritdoc/>
    public bool IsFull => _unflushed > FlushBytes;

    /// <inheritdoc/>
    public void Begin(ReadOnlySpan<byte> id)
    {
        if (!id.IsEmpty)
            Mark(id);
    }

    /// <inheritdoc/>
    public bool HasMarks => true;

    /// <summary>An id without data, which is remembered by the client and shown to nobody.</summary>
    public void Mark(ReadOnlySpan<byte> id)
    {
        body.Write("id: "u8);
        body.Write(id);
        body.Write("\n\n"u8);
    }

    /// <inheritdoc/>
    public void Write(int partition, in Record record, ReadOnlySpan<byte> id = default, string? topic = null)
    {
        if (!id.IsEmpty)
        {
            body.Write("id: "u8);
            body.Write(id);
            body.Write("\n"u8);
        }

        body.Write("data: "u8);
        records.Write(_json, partition, record, default, topic);
        _json.Flush();
        body.Write("\n\n"u8);
        _unflushed += _json.BytesCommitted + id.Length + FramingBytes;
        _json.Reset();
    }

    /// <inheritdoc/>
    public async ValueTask FlushAsync(CancellationToken cancellationToken)
    {
        _unflushed = 0;
        await body.FlushAsync(cancellationToken);
    }

    /// <summary>A comment.</summary>
    public ValueTask HeartbeatAsync(CancellationToken cancellationToken)
    {
        body.Write(": heartbeat\n\n"u8);
        return FlushAsync(cancellationToken);
    }

    /// <summary>An event <c>problem</c>.</summary>
    public ValueTask FailAsync(Problem problem, CancellationToken cancellationToken)
    {
        body.Write("event: problem\ndata: "u8);
        _json.Reset();
        problem.WriteTo(_json);
        _json.Flush();
        _json.Reset();
        body.Write("\n\n"u8);
        return FlushAsync(cancellationToken);
    }

    /// <inheritdoc/>
    public ValueTask EndAsync(LogPlace place, CancellationToken cancellationToken) => FlushAsync(cancellationToken);

    /// <inheritdoc/>
    public void Dispose()
    {
        _json.Dispose();
        records.Dispose();
    }
}

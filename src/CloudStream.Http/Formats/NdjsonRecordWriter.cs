using System.Buffers;
using System.IO.Pipelines;
using System.Text.Json;
using CloudStream.Http.Problems;
using CloudStream.Http.Responses;
using CloudStream.Records;

namespace CloudStream.Http.Formats;

/// <summary>One record a line; an id is its member <c>resume</c>.</summary>
/// <param name="body">Receives the lines.</param>
/// <param name="records">Writes a record; owned.</param>
/// <param name="sentAll">Signalled when the client will send nothing more, and may be gone.</param>
internal sealed class NdjsonRecordWriter(PipeWriter body, RecordJson records, CancellationToken sentAll) : IRecordWriter
{
    private const int FlushBytes = 64 * 1024;

    private readonly Utf8JsonWriter _json = new(body, JsonResponse.WriterOptions);
    private long _unflushed;

    /// <inheritdoc/>
    public bool IsFull => _unflushed > FlushBytes;

    /// <inheritdoc/>
    public bool HasMarks => false;

    /// <inheritdoc/>
    public void Mark(ReadOnlySpan<byte> id)
    {
    }

    /// <inheritdoc/>
    public void Begin(ReadOnlySpan<byte> id)
    {
    }

    /// <inheritdoc/>
    public void Write(int partition, in Record record, ReadOnlySpan<byte> id = default, string? topic = null)
    {
        records.Write(_json, partition, record, id, topic);
        _json.Flush();
        body.Write("\n"u8);
        _unflushed += _json.BytesCommitted + 1;
        _json.Reset();
    }

    /// <inheritdoc/>
    public async ValueTask FlushAsync(CancellationToken cancellationToken)
    {
        _unflushed = 0;
        await body.FlushAsync(cancellationToken);
    }

    /// <summary>
    /// Nothing, as lines have no comments; to a client that may be gone an empty line, as nothing else shows whether it is.
    /// </summary>
    public ValueTask HeartbeatAsync(CancellationToken cancellationToken)
    {
        if (!sentAll.IsCancellationRequested)
            return ValueTask.CompletedTask;
        body.Write("\n"u8);
        return FlushAsync(cancellationToken);
    }

    /// <summary>A last line with a member <c>error</c>.</summary>
    public ValueTask FailAsync(Problem problem, CancellationToken cancellationToken)
    {
        body.Write("{\"error\":"u8);
        _json.Reset();
        problem.WriteTo(_json);
        _json.Flush();
        _json.Reset();
        body.Write("}\n"u8);
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

using System.Buffers;
using System.IO.Pipelines;
using System.Text.Json;
using CloudStream.Engine.Fetch;
using CloudStream.Http.Formats;
using CloudStream.Http.Problems;
using CloudStream.Http.Requests;
using CloudStream.Http.Responses;
using CloudStream.Records;
using Microsoft.AspNetCore.Http;

namespace CloudStream.Http.Tail;

/// <summary>
/// Writes an endless answer, as events or as lines. Never holds more than about 64 KiB: a slow client is waited for. Used by one logical thread.
/// </summary>
internal sealed class TailWriter : IDisposable
{
    private const int FlushBytes = 64 * 1024;

    private readonly HttpContext _context;
    private readonly PipeWriter _body;
    private readonly Utf8JsonWriter _json;
    private readonly RecordJson _records;
    private readonly bool _events;
    private long _unflushed;

    public TailWriter(HttpContext context, string contentType, ByteFormat keyFormat, ByteFormat valueFormat)
    {
        _context = context;
        _body = context.Response.BodyWriter;
        _json = new Utf8JsonWriter(_body, JsonResponse.WriterOptions);
        _records = new RecordJson(keyFormat, valueFormat);
        _events = contentType == MediaTypes.EventStream;
        context.Response.ContentType = contentType;
        context.Response.Headers.CacheControl = "no-store";
        context.Response.Headers["X-Accel-Buffering"] = "no";
    }

    /// <summary>Sends the headers, so that the client knows that it is connected.</summary>
    /// <param name="id">An id for a client that is cut off before its first event; empty for none.</param>
    /// <param name="cancellationToken">Ends the waiting for the client.</param>
    public async ValueTask StartAsync(ReadOnlyMemory<byte> id, CancellationToken cancellationToken)
    {
        await _context.Response.StartAsync(cancellationToken);
        if (!id.IsEmpty)
        {
            // An id without data is remembered by the client and shown to nobody.
            _body.Write("id: "u8);
            _body.Write(id.Span);
            _body.Write("\n\n"u8);
        }

        await _body.FlushAsync(cancellationToken);
    }

    /// <summary>Sends the records of a fetch from an offset on.</summary>
    /// <param name="result">Stays the caller's.</param>
    /// <param name="partition">The partition that was fetched.</param>
    /// <param name="position">The next offset; moves on with every record that is written.</param>
    /// <param name="limit">Most records.</param>
    /// <param name="id">The event id of a record that has just been counted in the position: where to resume.</param>
    /// <param name="cancellationToken">Ends the waiting for the client.</param>
    /// <returns>Records sent.</returns>
    public async ValueTask<long> WriteAsync(FetchResult result, int partition, TailPosition position, long limit, IEventId id, CancellationToken cancellationToken)
    {
        long sent = 0;
        foreach (var piece in result.Pieces)
        {
            using var reader = RecordBatchReader.Read(piece, RecordDecoding.Passing);
            while (sent < limit && reader.TryRead(out var record))
            {
                if (record.Offset < position.NextOffset)
                    continue;
                position.NextOffset = record.Offset + 1;
                WriteRecord(partition, record, id);
                sent++;
                if (_unflushed > FlushBytes)
                    await FlushAsync(cancellationToken);
            }
        }

        if (sent < limit)
            position.NextOffset = Math.Max(position.NextOffset, result.NextOffset);
        await FlushAsync(cancellationToken);
        return sent;
    }

    /// <summary>Shows that the stream is alive. Lines have no comments, so only event streams get one.</summary>
    public async ValueTask HeartbeatAsync(CancellationToken cancellationToken)
    {
        if (!_events)
            return;
        _body.Write(": heartbeat\n\n"u8);
        await _body.FlushAsync(cancellationToken);
    }

    /// <summary>Says why the stream ends: an event <c>problem</c>, or a last line with a member <c>error</c>.</summary>
    public async ValueTask WriteProblemAsync(Problem problem, CancellationToken cancellationToken)
    {
        _body.Write(_events ? "event: problem\ndata: "u8 : "{\"error\":"u8);
        _json.Reset();
        problem.WriteTo(_json);
        _json.Flush();
        _body.Write(_events ? "\n\n"u8 : "}\n"u8);
        await _body.FlushAsync(cancellationToken);
    }

    public void Dispose()
    {
        _json.Dispose();
        _records.Dispose();
    }

    private void WriteRecord(int partition, in Record record, IEventId id)
    {
        if (_events)
        {
            _body.Write("id: "u8);
            _body.Write(id.Current(record));
            _body.Write("\ndata: "u8);
            _records.Write(_json, partition, record);
            _json.Flush();
            _body.Write("\n\n"u8);
        }
        else
        {
            _records.Write(_json, partition, record, id.Current(record));
            _json.Flush();
            _body.Write("\n"u8);
        }

        _unflushed += _json.BytesCommitted + 16;
        _json.Reset();
    }

    private async ValueTask FlushAsync(CancellationToken cancellationToken)
    {
        _unflushed = 0;
        await _body.FlushAsync(cancellationToken);
    }
}

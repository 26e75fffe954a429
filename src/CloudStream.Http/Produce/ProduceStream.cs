using System.Buffers;
using System.IO.Pipelines;
using System.Text.Json;
using CloudStream.Http.Face;
using CloudStream.Http.Problems;
using CloudStream.Http.Requests;
using CloudStream.Log.Calls;
using CloudStream.Log.Memory;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;

namespace CloudStream.Http.Produce;

/// <summary>
/// Produces one record a line while the lines arrive: reads, gathers per partition, and appends whenever a size is reached or no more input
/// is at hand. Memory is bounded however long the stream is. One per request; one logical thread.
/// </summary>
internal sealed class ProduceStream : IAsyncDisposable
{
    private const int MaxRecordsHeld = 100_000;
    private const int DispatchBytes = 256 * 1024;
    private const int LineOverheadBytes = 16 * 1024;

    private readonly HttpFace _face;
    private readonly HttpContext _context;
    private readonly ProduceTarget _target;
    private readonly StreamLanes _lanes;
    private readonly StreamResults? _results;
    private readonly TransferLease _memory;
    private readonly JsonRecordParser _parser;
    private readonly ProduceRecord _record = new();
    private readonly int _maxLineBytes;
    private byte[] _lineCopy = [];
    private BodyProgress? _progress;
    private long _restBytes;
    private long _receivedBytes;
    private long _scanned;
    private long _line;

    private ProduceStream(HttpFace face, HttpContext context, ProduceTarget target, bool withResults)
    {
        (_face, _context, _target) = (face, context, target);
        _lanes = new StreamLanes(face, target);
        _memory = face.Memory.Open();
        _results = withResults ? new StreamResults(context.Response) : null;
        _parser = new JsonRecordParser(target.KeyFormat, target.ValueFormat);

        // Base64 of the largest record still fits.
        _maxLineBytes = (int)Math.Min(target.MaxBatchBytes * 4L / 3 + LineOverheadBytes, 1 << 30);
    }

    /// <summary>One batch for all lines: nothing is sent before the stream has ended.</summary>
    private bool AllAtOnce => _target.Conditions.NeedsOneBatch;

    public static async Task HandleAsync(HttpFace face, HttpContext context, QueryReader query)
    {
        var target = await ProduceTarget.ReadAsync(face, context, query);
        context.Features.Get<IHttpMaxRequestBodySizeFeature>()?.MaxRequestBodySize = null;
        context.Features.Get<IHttpMinRequestBodyDataRateFeature>()?.MinDataRate = null;
        await using var stream = new ProduceStream(face, context, target, query.Flag("results"));
        await stream.RunAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _lanes.AbandonAsync();
        _progress?.Dispose();
        _memory.Dispose();
        _parser.Dispose();
        if (_lineCopy.Length > 0)
            ArrayPool<byte>.Shared.Return(_lineCopy);
    }

    private async Task RunAsync()
    {
        // Stopping ends the reading, not the committing of what was read.
        using var stopping = _face.Stopping.UnsafeRegister(
            static reader => ((PipeReader)reader!).CancelPendingRead(), _context.Request.BodyReader);
        var problem = await ReadAllAsync();
        if (!(AllAtOnce && problem is not null))
            problem = await FinishAsync(problem);
        _face.Meters.Produced(_lanes.Committed);
        await AnswerAsync(problem);
    }

    private async Task<Problem?> ReadAllAsync()
    {
        var reader = _context.Request.BodyReader;
        while (true)
        {
            ReadResult result;
            try
            {
                result = await NextInputAsync(reader);
            }
            catch (BadHttpRequestException e)
            {
                return BodyProblem.From(e);
            }
            catch (OperationCanceledException) when (_progress is { IsStalled: true } && !_context.RequestAborted.IsCancellationRequested)
            {
                return _progress.Problem;
            }
            catch (OperationCanceledException) when (RequestTurn.IsCut(_context) && !_context.RequestAborted.IsCancellationRequested)
            {
                return BodyProblem.Cut(_receivedBytes, _context.Request.ContentLength);
            }

            if (result.IsCanceled)
                return _lanes.Failure ?? Problem.From(ErrorCode.ShuttingDown,
                    $"The broker is shutting down; it read no further than line {_line}, and \"accepted\" says how many are committed.");
            _receivedBytes += result.Buffer.Length - _restBytes;
            _progress?.Received(result.Buffer.Length - _restBytes);
            if (result.IsCompleted)
                RequestTurn.EndBody(_context);
            var problem = await TakeRoomAsync(result.Buffer.Length);
            var rest = result.Buffer;
            problem ??= TakeLines(ref rest, result.IsCompleted);
            var wantsMore = !IsFull;
            _restBytes = rest.Length;
            reader.AdvanceTo(rest.Start, wantsMore ? result.Buffer.End : rest.Start);
            problem ??= await _lanes.SettleAsync() ?? (IsFull ? await SendHeldAsync(untilRoom: true) : null);
            if (problem is not null || (result.IsCompleted && wantsMore))
                return problem;
        }
    }

    private bool IsFull => !AllAtOnce
        && (_lanes.HeldBytes >= _face.Options.MaxStreamBufferBytes || _lanes.HeldRecords + (_results?.Waiting ?? 0) >= MaxRecordsHeld);

    // While no input is at hand everything gathered goes out, and what comes back is noted as it comes.
    private async ValueTask<ReadResult> NextInputAsync(PipeReader reader)
    {
        // One batch for all lines is held for as long as they come.
        if (AllAtOnce && _memory.Bytes > 0)
            _progress ??= _face.Memory.Watch(_context.RequestAborted);
        var next = reader.ReadAsync(_progress?.Ends ?? _context.RequestAborted);
        if (next.IsCompleted)
            return await next;
        var read = next.AsTask();
        while (!read.IsCompleted)
        {
            if (!AllAtOnce)
                _lanes.DispatchAll(_context.RequestAborted);
            await _lanes.NextAsync(read);
            if (await _lanes.SettleAsync() is not null)
                reader.CancelPendingRead();
            _memory.Shrink(_lanes.HeldBytes);
            if (_results is not null)
                await _results.WriteSettledAsync(_context.RequestAborted);
        }

        return await read;
    }

    // Room in the broker's budget for what the lines become. What is held already goes out first: who waits holds nothing that others
    // wait for.
    private async ValueTask<Problem?> TakeRoomAsync(long incoming)
    {
        _memory.Shrink(_lanes.HeldBytes);
        if (_memory.TryTake(_lanes.HeldBytes + incoming))
            return null;
        if (!AllAtOnce && await SendHeldAsync() is { } problem)
            return problem;
        _memory.Shrink(_lanes.HeldBytes);
        await _memory.TakeAsync(_lanes.HeldBytes + incoming, _context.RequestAborted);
        return null;
    }

    private async ValueTask<Problem?> SendHeldAsync(bool untilRoom = false)
    {
        Problem? problem = null;
        while ((untilRoom ? IsFull : _lanes.HeldRecords > 0) && problem is null)
        {
            _lanes.DispatchAll(_context.RequestAborted);
            await _lanes.NextAsync(null);
            problem = await _lanes.SettleAsync();
            if (_results is not null)
                await _results.WriteSettledAsync(_context.RequestAborted);
        }

        return problem;
    }


    // What came before a broken line is committed; after a failed append nothing more is sent, but what is under way is waited for.
    private async Task<Problem?> FinishAsync(Problem? problem)
    {
        while (_lanes.HeldRecords > 0)
        {
            if (_lanes.Failure is null)
                _lanes.DispatchAll(_context.RequestAborted);
            else if (!_lanes.AnyInFlight)
                break;
            await _lanes.NextAsync(null);
            await _lanes.SettleAsync();
            if (_results is not null)
                await _results.WriteSettledAsync(_context.RequestAborted);
        }

        return _lanes.Failure ?? problem;
    }

    private Problem? TakeLines(ref ReadOnlySequence<byte> rest, bool isLast)
    {
        while (!IsFull && !rest.IsEmpty)
        {
            var end = rest.Slice(_scanned).PositionOf((byte)'\n');
            var line = end is { } at ? rest.Slice(0, at) : rest;
            if (line.Length > _maxLineBytes)
                return LineTooLong();
            if (end is null && !isLast)
            {
                _scanned = rest.Length;
                return null;
            }

            (_scanned, rest) = (0, end is null ? rest.Slice(rest.End) : rest.Slice(rest.GetPosition(1, end.Value)));
            if (TakeLine(line) is { } problem)
                return problem;
        }

        return null;
    }

    private Problem? TakeLine(in ReadOnlySequence<byte> line)
    {
        _line++;
        var json = line.IsSingleSegment ? line.First : CopyLine(line);
        if (_line == 1)
            json = JsonText.WithoutMark(json);
        if (json.Span.IndexOfAnyExcept(" \t\r"u8) < 0)
            return null;
        try
        {
            JsonText.RequireUtf8(json.Span, $"Line {_line}");
            ParseLine(json);
            var lane = _lanes.For(_target.Partition(_record, RecordPlace.Line(_line)));
            var (batch, index) = _lanes.Add(lane, _record, _line);
            _results?.Add(batch, index);
            if (!AllAtOnce && batch.Buffer.Bytes >= DispatchBytes)
                lane.Dispatch(_context.RequestAborted);
            return null;
        }
        catch (RequestRejectedException e)
        {
            return AtLine(e.Problem with { Detail = $"Line {_line}: {e.Problem.Detail}" });
        }
        catch (JsonException e)
        {
            return AtLine(Problem.Invalid($"Line {_line} is not valid JSON at byte {e.BytePositionInLine + 1}."));
        }
    }

    private void ParseLine(ReadOnlyMemory<byte> json)
    {
        var reader = new Utf8JsonReader(json.Span, JsonText.Strict);
        reader.Read();
        _parser.Parse(ref reader, json, RecordPlace.Line(_line), _record);
        reader.Read();
    }

    private ReadOnlyMemory<byte> CopyLine(in ReadOnlySequence<byte> line)
    {
        var length = (int)line.Length;
        if (_lineCopy.Length < length)
        {
            if (_lineCopy.Length > 0)
                ArrayPool<byte>.Shared.Return(_lineCopy);
            _lineCopy = ArrayPool<byte>.Shared.Rent(length);
        }

        line.CopyTo(_lineCopy);
        return _lineCopy.AsMemory(0, length);
    }

    private Problem LineTooLong()
    {
        _line++;
        return AtLine(Problem.From(ErrorCode.MessageTooLarge,
            $"Line {_line} is longer than {_maxLineBytes} bytes, what a record of max.message.bytes ({_target.MaxBatchBytes}) can need."));
    }

    private Problem AtLine(Problem problem)
    {
        var line = _line;
        return problem with { Members = problem.Members + (json => json.WriteNumber("line", line)) };
    }

    private Task AnswerAsync(Problem? problem) => _results is not null
        ? _results.FinishAsync(_context, problem is null ? null : _lanes.Describe(problem))
        : StreamAnswer.WriteAsync(_context, _lanes, problem is null ? null : _lanes.Describe(problem));
}

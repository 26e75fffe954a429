using System.Buffers;
using CloudStream.Http.Problems;
using CloudStream.Log.Calls;
using Microsoft.AspNetCore.Http;

namespace CloudStream.Http.Requests;

/// <summary>A whole request body in one pooled buffer. Whoever read it disposes it; the memory must not be used afterwards.</summary>
internal sealed class RequestBody : IDisposable
{
    private const int FirstChunkBytes = 16 * 1024;
    private const int RetryAfterMs = 1000;

    private readonly RequestMemory _budget;
    private readonly int _limit;
    private readonly Problem? _tooLarge;
    private byte[] _buffer = [];
    private int _length;
    private long _taken;

    private RequestBody(RequestMemory budget, int limit, Problem? tooLarge)
    {
        _budget = budget;
        _limit = limit;
        _tooLarge = tooLarge;
    }

    public ReadOnlyMemory<byte> Memory => _buffer.AsMemory(0, _length);

    /// <summary>Reads the body to its end.</summary>
    /// <exception cref="RequestRejectedException">
    /// It is larger than <paramref name="limit"/>, there is no memory for it now, or the application stops before it is all here.
    /// </exception>
    public static async ValueTask<RequestBody> ReadAsync(HttpContext context, RequestMemory budget, int limit, Problem? tooLarge = null)
    {
        var body = new RequestBody(budget, limit, tooLarge);
        using var ends = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, budget.Stopping);
        try
        {
            if (context.Request.ContentLength is { } length)
                await body.ReadExactlyAsync(context.Request.Body, length, ends.Token);
            else
                await body.ReadToEndAsync(context.Request.Body, ends.Token);
            return body;
        }
        catch (OperationCanceledException) when (budget.Stopping.IsCancellationRequested && !context.RequestAborted.IsCancellationRequested)
        {
            body.Dispose();
            throw new RequestRejectedException(
                Problem.From(ErrorCode.ShuttingDown, "The broker is shutting down; send the request again later."));
        }
        catch
        {
            body.Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        if (_buffer.Length > 0)
            ArrayPool<byte>.Shared.Return(_buffer);
        _budget.GiveBack(_taken);
        (_buffer, _length, _taken) = ([], 0, 0);
    }

    private async ValueTask ReadExactlyAsync(Stream body, long length, CancellationToken cancellationToken)
    {
        if (length > _limit)
            throw new RequestRejectedException(_tooLarge ?? Problem.RequestTooLarge(_limit));
        if (length == 0)
            return;
        Grow((int)length);
        await body.ReadExactlyAsync(_buffer.AsMemory(0, (int)length), cancellationToken);
        _length = (int)length;
    }

    private async ValueTask ReadToEndAsync(Stream body, CancellationToken cancellationToken)
    {
        Grow(FirstChunkBytes);
        while (true)
        {
            if (_length == _taken)
                Grow(Math.Min(_length * 2L, _limit + 1L));
            var read = await body.ReadAsync(_buffer.AsMemory(_length, (int)_taken - _length), cancellationToken);
            if (read == 0)
                return;
            _length += read;
            if (_length > _limit)
                throw new RequestRejectedException(_tooLarge ?? Problem.RequestTooLarge(_limit));
        }
    }

    private void Grow(long capacity)
    {
        if (!_budget.TryTake(capacity - _taken))
            throw new RequestRejectedException(
                Problem.From(ErrorCode.Overloaded, "The broker is busy with other request bodies.", RetryAfterMs));
        _taken = capacity;
        var bigger = ArrayPool<byte>.Shared.Rent((int)capacity);
        Memory.CopyTo(bigger);
        if (_buffer.Length > 0)
            ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = bigger;
    }
}

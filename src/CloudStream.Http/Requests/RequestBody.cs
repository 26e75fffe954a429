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
    /// <exception cref="RequestRejectedException">It is larger than <paramref name="limit"/>, or there is no memory for it now.</exception>
    public static async ValueTask<RequestBody> ReadAsync(HttpContext context, RequestMemory budget, int limit, Problem? tooLarge = null)
    {
        var body = new RequestBody(budget, limit, tooLarge);
        try
        {
            if (context.Request.ContentLength is { } length)
                await body.ReadExactlyAsync(context, length);
            else
                await body.ReadToEndAsync(context);
            return body;
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

    private async ValueTask ReadExactlyAsync(HttpContext context, long length)
    {
        if (length > _limit)
            throw new RequestRejectedException(_tooLarge ?? Problem.RequestTooLarge(_limit));
        if (length == 0)
            return;
        Grow((int)length);
        await context.Request.Body.ReadExactlyAsync(_buffer.AsMemory(0, (int)length), context.RequestAborted);
        _length = (int)length;
    }

    private async ValueTask ReadToEndAsync(HttpContext context)
    {
        Grow(FirstChunkBytes);
        while (true)
        {
            if (_length == _taken)
                Grow(Math.Min(_length * 2L, _limit + 1L));
            var read = await context.Request.Body.ReadAsync(_buffer.AsMemory(_length, (int)_taken - _length), context.RequestAborted);
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
            throw new RequestRejectedException(Problem.From(ErrorCode.Overloaded, "The broker is busy with other request bodies.", RetryAfterMs));
        _taken = capacity;
        var bigger = ArrayPool<byte>.Shared.Rent((int)capacity);
        Memory.CopyTo(bigger);
        if (_buffer.Length > 0)
            ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = bigger;
    }
}

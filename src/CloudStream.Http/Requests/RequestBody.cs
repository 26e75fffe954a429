using System.Buffers;
using CloudStream.Http.Problems;
using CloudStream.Log.Calls;
using CloudStream.Log.Memory;
using Microsoft.AspNetCore.Http;

namespace CloudStream.Http.Requests;

/// <summary>
/// A whole request body in one buffer. Whoever read it disposes it; the memory must not be used afterwards. It is not read before the
/// broker's budget has room for it and for what will be made of it: a client that sends much at a busy time waits, and is not refused.
/// </summary>
internal sealed class RequestBody : IDisposable
{
    // What does not say how long it is takes this much first, and if that is not enough what the largest body takes.
    private const int FirstTakenBytes = 1024 * 1024;

    private readonly TransferLease _lease;
    private readonly int _limit;
    private readonly int _cost;
    private readonly Problem? _tooLarge;
    private IMemoryOwner<byte>? _buffer;
    private int _length;

    private RequestBody(RequestMemory budget, int limit, Problem? tooLarge, int cost) =>
        (_lease, _limit, _tooLarge, _cost) = (budget.Open(), limit, tooLarge, cost);

    public ReadOnlyMemory<byte> Memory => _buffer is null ? default : _buffer.Memory[.._length];

    /// <summary>Reads the body to its end.</summary>
    /// <param name="context">The request.</param>
    /// <param name="budget">Where it is accounted for.</param>
    /// <param name="limit">Largest body in bytes.</param>
    /// <param name="tooLarge">What is said of a larger one; null for the usual.</param>
    /// <param name="cost">Bytes of memory that one byte of it takes, together with what is made of it before it is disposed of.</param>
    /// <exception cref="RequestRejectedException">
    /// It is larger than <paramref name="limit"/>, does not come on, its sender closes in the middle of it, or the application stops before
    /// it is all here.
    /// </exception>
    public static async ValueTask<RequestBody> ReadAsync(
        HttpContext context, RequestMemory budget, int limit, Problem? tooLarge = null, int cost = 1)
    {
        var body = new RequestBody(budget, limit, tooLarge, cost);
        using var ends = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, budget.Stopping);
        try
        {
            await body.ReadAsync(context.Request, budget, ends.Token);
            RequestTurn.EndBody(context);
            return body;
        }
        catch (OperationCanceledException) when (budget.Stopping.IsCancellationRequested && !context.RequestAborted.IsCancellationRequested)
        {
            body.Dispose();
            throw new RequestRejectedException(
                Problem.From(ErrorCode.ShuttingDown, "The broker is shutting down; send the request again later."));
        }
        catch (OperationCanceledException) when (RequestTurn.IsCut(context) && !context.RequestAborted.IsCancellationRequested)
        {
            var received = body._length;
            body.Dispose();
            throw new RequestRejectedException(BodyProblem.Cut(received, context.Request.ContentLength));
        }
        catch
        {
            body.Dispose();
            throw;
        }
    }

    /// <summary>Accounts for more that is made of the body than its cost says; waits for its turn to do so.</summary>
    public ValueTask TakeAsync(long bytes, CancellationToken cancellationToken) =>
        _lease.TakeAsync(((long)_length * _cost) + bytes, cancellationToken);

    public void Dispose()
    {
        _buffer?.Dispose();
        _lease.Dispose();
        (_buffer, _length) = (null, 0);
    }

    private async ValueTask ReadAsync(HttpRequest request, RequestMemory budget, CancellationToken cancellationToken)
    {
        if (request.ContentLength > _limit)
            throw TooLarge();
        if (request.ContentLength is { } length)
        {
            await GrowAsync((int)length, cancellationToken);
            await FillAsync(request.Body, (int)length, budget, cancellationToken);
            return;
        }

        // Most are small and take nothing.
        var capacity = TransferBudget.SmallBytes;
        while (true)
        {
            await GrowAsync(capacity, cancellationToken);
            if (await FillAsync(request.Body, capacity, budget, cancellationToken))
                break;
            if (_length > _limit)
                throw TooLarge();
            capacity = capacity < FirstTakenBytes ? Math.Min(FirstTakenBytes, _limit + 1) : _limit + 1;
        }

        if (_length > _limit)
            throw TooLarge();
        _lease.Shrink((long)_length * _cost);
    }

    private async ValueTask GrowAsync(int capacity, CancellationToken cancellationToken)
    {
        if (capacity == 0)
            return;
        await _lease.TakeAsync((long)capacity * _cost, cancellationToken);
        var bigger = capacity <= TransferBudget.SmallBytes ? MemoryPool<byte>.Shared.Rent(capacity) : BrokerMemory.Rent(capacity);
        Memory.CopyTo(bigger.Memory);
        _buffer?.Dispose();
        _buffer = bigger;
    }

    // Whether the body came to its end, rather than to that of the room for it.
    private async ValueTask<bool> FillAsync(Stream body, int capacity, RequestMemory budget, CancellationToken cancellationToken)
    {
        using var progress = capacity <= TransferBudget.SmallBytes ? null : budget.Watch(cancellationToken);
        try
        {
            while (_length < capacity)
            {
                var read = await body.ReadAsync(_buffer!.Memory[_length..capacity], progress?.Ends ?? cancellationToken);
                if (read == 0)
                    return true;
                _length += read;
                progress?.Received(read);
            }

            return false;
        }
        catch (OperationCanceledException) when (progress is { IsStalled: true } && !cancellationToken.IsCancellationRequested)
        {
            throw new RequestRejectedException(progress.Problem);
        }
    }

    private RequestRejectedException TooLarge() => new(_tooLarge ?? Problem.RequestTooLarge(_limit));
}

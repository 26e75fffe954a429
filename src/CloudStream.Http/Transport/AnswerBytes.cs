using System.IO.Pipelines;

namespace CloudStream.Http.Transport;

/// <summary>
/// What is sent to a client. Here it shows that nobody takes it any more: after the end of what a client sends nothing else tells. And
/// here an answer waits for a client that takes it slowly. After an answer that was not the server's (<see cref="ClientBytes"/>) nothing
/// more goes out.
/// </summary>
internal sealed class AnswerBytes(PipeWriter inner, CancellationTokenSource closed) : PipeWriter
{
    private byte[]? _nowhere;
    private long _waits;

    /// <summary>Counts the beginnings and the ends of waits for the client: odd while there is one.</summary>
    public long Waits => Volatile.Read(ref _waits);

    /// <summary>Sends nothing from now on.</summary>
    public void End() => _nowhere = [];

    public override bool CanGetUnflushedBytes => inner.CanGetUnflushedBytes;

    public override long UnflushedBytes => inner.UnflushedBytes;

    public override void Advance(int bytes)
    {
        if (_nowhere is null)
            inner.Advance(bytes);
    }

    public override Memory<byte> GetMemory(int sizeHint = 0) => _nowhere is null ? inner.GetMemory(sizeHint) : Nowhere(sizeHint);

    public override Span<byte> GetSpan(int sizeHint = 0) => _nowhere is null ? inner.GetSpan(sizeHint) : Nowhere(sizeHint);

    public override void CancelPendingFlush() => inner.CancelPendingFlush();

    public override void Complete(Exception? exception = null) => inner.Complete(exception);

    public override ValueTask CompleteAsync(Exception? exception = null) => inner.CompleteAsync(exception);

    public override ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken = default)
    {
        if (_nowhere is not null)
            return new(new FlushResult(isCanceled: false, isCompleted: true));
        var flush = inner.FlushAsync(cancellationToken);
        return flush.IsCompletedSuccessfully ? new(Look(flush.Result)) : LookAsync(flush);
    }

    private byte[] Nowhere(int sizeHint) => _nowhere = _nowhere!.Length > sizeHint ? _nowhere : new byte[Math.Max(sizeHint, 4096)];

    private async ValueTask<FlushResult> LookAsync(ValueTask<FlushResult> flush)
    {
        Interlocked.Increment(ref _waits);
        try
        {
            return Look(await flush);
        }
        finally
        {
            Interlocked.Increment(ref _waits);
        }
    }

    private FlushResult Look(FlushResult result)
    {
        // On the thread pool: who flushes may hold locks that the server takes when the connection ends.
        if (result.IsCompleted)
            _ = closed.CancelAsync();
        return result;
    }
}

namespace CloudStream.Log.Cache;

/// <summary>
/// Admits reads from the object store, first come first served, up to so many at once and so many bytes at once; a read larger than the
/// bound goes alone. Tail readers never come here, so a backfill cannot slow them. Thread-safe.
/// </summary>
internal sealed class HistoryBudget(int maxReads, long maxBytes)
{
    private readonly Lock _lock = new();
    private readonly Queue<Waiter> _waiters = [];
    private int _reads;
    private long _bytes;

    /// <summary>Waits for admission; <see cref="Leave"/> must follow.</summary>
    public ValueTask EnterAsync(long bytes, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        Waiter waiter;
        lock (_lock)
        {
            if (_waiters.Count == 0 && Fits(bytes, maxReads, maxBytes))
            {
                Admit(bytes);
                return ValueTask.CompletedTask;
            }

            waiter = new Waiter(bytes);
            _waiters.Enqueue(waiter);
        }

        return new(WaitAsync(waiter, cancellationToken));
    }

    /// <summary>
    /// Admits a read that nobody waits for, unless somebody else waits, or half of the bytes or three quarters of the reads are taken:
    /// read-ahead must not delay a reader.
    /// </summary>
    public bool TryEnterAhead(long bytes)
    {
        lock (_lock)
        {
            if (_waiters.Count > 0 || !Fits(bytes, Math.Max(1, maxReads * 3 / 4), maxBytes / 2))
                return false;
            Admit(bytes);
            return true;
        }
    }

    /// <summary>Ends an admitted read.</summary>
    public void Leave(long bytes)
    {
        lock (_lock)
        {
            _reads--;
            _bytes -= bytes;
            while (_waiters.TryPeek(out var next) && Fits(next.Bytes, maxReads, maxBytes))
            {
                _waiters.Dequeue();
                if (next.TrySetResult())
                    Admit(next.Bytes);
            }
        }
    }

    private bool Fits(long bytes, int reads, long limit) => _reads < reads && (_reads == 0 || _bytes + bytes <= limit);

    private void Admit(long bytes)
    {
        _reads++;
        _bytes += bytes;
    }

    private static async Task WaitAsync(Waiter waiter, CancellationToken cancellationToken)
    {
        // A waiter that gave up stays in the queue until its turn, and is passed over.
        await using var registration = cancellationToken.Register(static w => ((Waiter)w!).TrySetCanceled(), waiter);
        await waiter.Task;
    }

    private sealed class Waiter(long bytes) : TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)
    {
        public long Bytes { get; } = bytes;
    }
}

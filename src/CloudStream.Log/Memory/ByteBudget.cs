namespace CloudStream.Log.Memory;

/// <summary>
/// A limit on something counted, with waiters served in order: bytes in buffers, uploads in flight. What is larger than the whole budget is
/// let through when nothing else is out. Thread-safe.
/// </summary>
public sealed class ByteBudget
{
    private readonly Lock _lock = new();
    private readonly LinkedList<Waiter> _waiters = [];
    private readonly long _limit;
    private long _used;
    private long _highest;
    private long _waits;

    /// <summary>Creates a budget of <paramref name="limit"/>.</summary>
    public ByteBudget(long limit) => _limit = limit;

    /// <summary>What may be out at once.</summary>
    public long Limit => _limit;

    /// <summary>What is out now.</summary>
    public long Used
    {
        get
        {
            lock (_lock)
                return _used;
        }
    }

    /// <summary>The most that was ever out at once.</summary>
    public long Highest
    {
        get
        {
            lock (_lock)
                return _highest;
        }
    }

    /// <summary>How many wait now.</summary>
    public int Waiting
    {
        get
        {
            lock (_lock)
                return _waiters.Count;
        }
    }

    /// <summary>How often anybody had to wait.</summary>
    public long Waits
    {
        get
        {
            lock (_lock)
                return _waits;
        }
    }

    /// <summary>Takes <paramref name="amount"/> if it is there and nobody waits.</summary>
    public bool TryAcquire(long amount)
    {
        lock (_lock)
        {
            if (_waiters.Count > 0 || !Fits(amount))
                return false;
            Take(amount);
            return true;
        }
    }

    /// <summary>Takes <paramref name="amount"/>, waiting for it up to <paramref name="patience"/>.</summary>
    /// <returns>Whether it was taken.</returns>
    public async ValueTask<bool> AcquireAsync(long amount, TimeSpan patience, TimeProvider time, CancellationToken cancellationToken)
    {
        if (TryAcquire(amount))
            return true;
        if (patience == TimeSpan.Zero)
            return false;
        var waiter = new Waiter(amount);
        using var timer = patience == Timeout.InfiniteTimeSpan
            ? null
            : time.CreateTimer(static w => ((Waiter)w!).Completion.TrySetResult(false), waiter, patience, Timeout.InfiniteTimeSpan);
        return await WaitAsync(waiter, cancellationToken);
    }

    /// <summary>Takes <paramref name="amount"/>, waiting for it as long as that takes.</summary>
    public ValueTask AcquireAsync(long amount, CancellationToken cancellationToken) =>
        TryAcquire(amount) ? ValueTask.CompletedTask : new(WaitAsync(new Waiter(amount), cancellationToken));

    /// <summary>Takes <paramref name="amount"/> whether it is there or not: it is in memory already, or whoever needs it to go on holds
    /// what others wait for.</summary>
    public void Overdraw(long amount)
    {
        lock (_lock)
            Take(amount);
    }

    private async Task<bool> WaitAsync(Waiter waiter, CancellationToken cancellationToken)
    {
        LinkedListNode<Waiter> node;
        lock (_lock)
        {
            node = _waiters.AddLast(waiter);
            _waits++;
        }

        Serve(); // Something may have been released in between.
        await using var registration = cancellationToken.UnsafeRegister(
            static (w, token) => ((Waiter)w!).Completion.TrySetCanceled(token), waiter);
        try
        {
            return await waiter.Completion.Task;
        }
        finally
        {
            lock (_lock)
            {
                if (node.List is not null)
                    _waiters.Remove(node);
            }

            Serve(); // Whoever stood behind a large waiter that gave up may fit.
        }
    }

    /// <summary>Gives back <paramref name="amount"/>.</summary>
    public void Release(long amount)
    {
        lock (_lock)
            _used -= amount;
        Serve();
    }

    private void Take(long amount)
    {
        _used += amount;
        _highest = Math.Max(_highest, _used);
    }

    private bool Fits(long amount) => _used == 0 || _used + amount <= _limit;

    private void Serve()
    {
        lock (_lock)
        {
            while (_waiters.First is { } first && Fits(first.Value.Amount))
            {
                _waiters.RemoveFirst();
                if (first.Value.Completion.TrySetResult(true))
                    Take(first.Value.Amount);
            }
        }
    }

    private sealed class Waiter(long amount)
    {
        public long Amount { get; } = amount;

        public TaskCompletionSource<bool> Completion { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}

namespace CloudStream.Client.Producing;

/// <summary>Bytes that may be taken and are given back; whoever finds too few waits in line. Thread-safe.</summary>
internal sealed class ByteBudget(long limit)
{
    private readonly Lock _gate = new();
    private readonly LinkedList<Waiter> _waiters = [];
    private long _taken;

    public long Limit => limit;

    public bool HasWaiters => Volatile.Read(ref _waiting) > 0;

    private int _waiting;

    public bool TryTake(long bytes)
    {
        lock (_gate)
        {
            if (_waiters.Count > 0 || _taken + bytes > limit)
                return false;
            _taken += bytes;
            return true;
        }
    }

    /// <summary>Takes the bytes as soon as they are there; at most <see cref="Limit"/> can ever be.</summary>
    public async ValueTask TakeAsync(long bytes, CancellationToken cancellationToken)
    {
        LinkedListNode<Waiter> node;
        lock (_gate)
        {
            if (_waiters.Count == 0 && _taken + bytes <= limit)
            {
                _taken += bytes;
                return;
            }

            node = _waiters.AddLast(new Waiter(bytes));
            Volatile.Write(ref _waiting, _waiters.Count);
        }

        await using var registration = cancellationToken.UnsafeRegister(_ => Withdraw(node, cancellationToken), null);
        await node.Value.Taken.Task;
    }

    public void Return(long bytes)
    {
        lock (_gate)
        {
            _taken -= bytes;
            Admit();
        }
    }

    private void Withdraw(LinkedListNode<Waiter> node, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            if (node.List is null)
                return; // Admitted before it was cancelled.
            _waiters.Remove(node);
            node.Value.Taken.TrySetCanceled(cancellationToken);
            Admit();
        }
    }

    private void Admit()
    {
        while (_waiters.First is { } first && _taken + first.Value.Bytes <= limit)
        {
            _taken += first.Value.Bytes;
            _waiters.RemoveFirst();
            first.Value.Taken.TrySetResult();
        }

        Volatile.Write(ref _waiting, _waiters.Count);
    }

    private sealed class Waiter(long bytes)
    {
        public long Bytes => bytes;

        public TaskCompletionSource Taken { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}

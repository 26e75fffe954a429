namespace CloudStream.Storage.Faults;

/// <summary>
/// What the two faulty stores share: runs one call under a script, and keeps the writes whose effect is delayed. Thread-safe.
/// </summary>
internal sealed class FaultInjector(StoreFaultScript script)
{
    private readonly Lock _lock = new();
    private readonly Queue<Func<ValueTask>> _delayed = new();

    public async ValueTask<T> WriteAsync<T>(StoreCall call, Func<ValueTask<T>> write, CancellationToken cancellationToken)
    {
        var fault = await script(call, cancellationToken);
        FailEarly(fault, call);
        if (fault == StoreFault.Delayed)
        {
            lock (_lock)
                _delayed.Enqueue(async () => await write());
        }

        var result = fault is StoreFault.None or StoreFault.LostReply ? await write() : default!;
        return fault == StoreFault.None ? result : throw Failure(StoreErrorKind.Ambiguous, call, fault);
    }

    public async ValueTask<T> ReadAsync<T>(StoreCall call, Func<ValueTask<T>> read, CancellationToken cancellationToken)
    {
        await BeforeReadAsync(call, cancellationToken);
        return await read();
    }

    public async ValueTask BeforeReadAsync(StoreCall call, CancellationToken cancellationToken)
    {
        var fault = await script(call, cancellationToken);
        FailEarly(fault, call);
        if (fault != StoreFault.None)
            throw Failure(StoreErrorKind.Unavailable, call, fault);
    }

    public async ValueTask<int> ReleaseDelayedAsync()
    {
        var released = 0;
        while (TryDequeue() is { } write)
        {
            await write();
            released++;
        }

        return released;
    }

    private Func<ValueTask>? TryDequeue()
    {
        lock (_lock)
            return _delayed.TryDequeue(out var write) ? write : null;
    }

    private static void FailEarly(StoreFault fault, StoreCall call)
    {
        if (fault == StoreFault.Unavailable)
            throw Failure(StoreErrorKind.Unavailable, call, fault);
        if (fault == StoreFault.Throttled)
            throw Failure(StoreErrorKind.Throttled, call, fault);
    }

    private static StoreException Failure(StoreErrorKind kind, StoreCall call, StoreFault fault) =>
        new(kind, $"injected fault {fault} in {call.Operation} of '{call.Name}'");
}

namespace CloudStream.Log.Memory;

/// <summary>
/// What one request or answer holds of a <see cref="TransferBudget"/>. Dispose gives all of it back. Used by one logical thread.
/// </summary>
/// <remarks>
/// Whoever knows beforehand what it needs takes it at once, holding nothing meanwhile. Who finds out later that it needs more holds what
/// others wait for, and others may do the same: so it does not wait for room, but for its turn to go beyond the budget, which one at a time
/// may do until it gives everything back.
/// </remarks>
public sealed class TransferLease : IDisposable
{
    private readonly ByteBudget _bytes;
    private readonly ByteBudget _overdraft;
    private readonly bool _isBeside;
    private bool _isOverdrawn;

    internal TransferLease(ByteBudget bytes, ByteBudget overdraft, bool isBeside) =>
        (_bytes, _overdraft, _isBeside) = (bytes, overdraft, isBeside);

    /// <summary>Bytes held.</summary>
    public long Bytes { get; private set; }

    /// <summary>Takes what is missing to <paramref name="total"/> bytes if it is there and nobody waits.</summary>
    public bool TryTake(long total)
    {
        if (total <= Math.Max(Bytes, TransferBudget.SmallBytes))
            return true;
        if (!_bytes.TryAcquire(total - Bytes))
            return false;
        Bytes = total;
        return true;
    }

    /// <summary>Takes what is missing to <paramref name="total"/> bytes, waiting for it.</summary>
    public ValueTask TakeAsync(long total, CancellationToken cancellationToken) =>
        TryTake(total) ? ValueTask.CompletedTask : new(WaitAsync(total, cancellationToken));

    /// <summary>Gives back all but <paramref name="total"/> bytes.</summary>
    public void Shrink(long total)
    {
        if (total >= Bytes)
            return;
        var released = Bytes - total;
        Bytes = total;
        _bytes.Release(released);
        if (total > 0 || !_isOverdrawn)
            return;
        _isOverdrawn = false;
        _overdraft.Release(1);
    }

    /// <summary>
    /// Hands so many of the bytes held over to another lease. What is missing to that is taken whether it is there or not, as it is in
    /// memory already.
    /// </summary>
    internal TransferLease Split(long bytes)
    {
        if (bytes > Bytes)
            _bytes.Overdraw(bytes - Bytes);
        Bytes = Math.Max(0, Bytes - bytes);
        return new TransferLease(_bytes, _overdraft, _isBeside) { Bytes = bytes };
    }

    /// <summary>Gives everything back.</summary>
    public void Dispose() => Shrink(0);

    private async Task WaitAsync(long total, CancellationToken cancellationToken)
    {
        if (Bytes == 0 && !_isBeside)
        {
            await _bytes.AcquireAsync(total, cancellationToken);
        }
        else
        {
            if (!_isOverdrawn)
                await _overdraft.AcquireAsync(1, cancellationToken);
            _isOverdrawn = true;
            _bytes.Overdraw(total - Bytes);
        }

        Bytes = total;
    }
}

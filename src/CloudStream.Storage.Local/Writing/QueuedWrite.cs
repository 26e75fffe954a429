namespace CloudStream.Storage.Local.Writing;

/// <summary>
/// One write waiting for a <see cref="WriteLane{T}"/>. It can be cancelled until the lane claims it; from then on its caller waits for the
/// outcome, because the lane reads the caller's memory.
/// </summary>
internal abstract class QueuedWrite<TResult> : IQueuedWrite
{
    private readonly TaskCompletionSource<TResult> _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _taken;

    public bool TryClaim() => Interlocked.Exchange(ref _taken, 1) == 0;

    public void Complete(TResult result) => _completion.TrySetResult(result);

    public void Fail(StoreException failure) => _completion.TrySetException(failure);

    /// <summary>Waits for the outcome; cancelling gives up the place in the queue.</summary>
    public async Task<TResult> WaitAsync(CancellationToken cancellationToken)
    {
        await using var registration = cancellationToken.UnsafeRegister(
            static (self, token) => ((QueuedWrite<TResult>)self!).Cancel(token), this);
        return await _completion.Task;
    }

    private void Cancel(CancellationToken cancellationToken)
    {
        if (TryClaim())
            _completion.TrySetCanceled(cancellationToken);
    }
}

/// <summary>What a <see cref="WriteLane{T}"/> needs to know of its writes.</summary>
internal interface IQueuedWrite
{
    /// <summary>Takes the write; false when it was cancelled. Only one taker succeeds.</summary>
    bool TryClaim();

    /// <summary>Ends the write with a failure, unless it has ended already.</summary>
    void Fail(StoreException failure);
}

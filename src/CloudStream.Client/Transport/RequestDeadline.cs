namespace CloudStream.Client.Transport;

/// <summary>Cancels a request when the caller does or when it has taken too long, and knows which of the two it was.</summary>
internal sealed class RequestDeadline : IDisposable
{
    private readonly CancellationTokenSource _timer;
    private readonly CancellationTokenSource _linked;
    private readonly CancellationToken _caller;

    public RequestDeadline(TimeSpan timeout, TimeProvider time, CancellationToken caller)
    {
        Timeout = timeout;
        _caller = caller;
        _timer = new CancellationTokenSource(timeout, time);
        _linked = CancellationTokenSource.CreateLinkedTokenSource(_timer.Token, caller);
    }

    public TimeSpan Timeout { get; }

    public CancellationToken Token => _linked.Token;

    public bool HasTimedOut => _timer.IsCancellationRequested;

    public void ThrowIfCallerCanceled() => _caller.ThrowIfCancellationRequested();

    public void Dispose()
    {
        _linked.Dispose();
        _timer.Dispose();
    }
}

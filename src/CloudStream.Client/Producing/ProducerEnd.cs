namespace CloudStream.Client.Producing;

/// <summary>When a producer gives up everything, and why. Comes once, or never. Thread-safe.</summary>
internal sealed class ProducerEnd : IDisposable
{
    private readonly CancellationTokenSource _source = new();
    private string? _why;

    public ProducerEnd() => Token = _source.Token;

    public CancellationToken Token { get; }

    public bool HasCome => Token.IsCancellationRequested;

    /// <param name="why">A sentence for those whose records are given up.</param>
    public void Come(string why)
    {
        if (Interlocked.CompareExchange(ref _why, why, null) is null)
            _source.Cancel();
    }

    /// <param name="last">The last attempt that failed, which says what was waited for; null if none did.</param>
    public CloudStreamException Error(CloudStreamException? last) =>
        new(ErrorCode.Closed, last is null ? _why! : $"{_why} The last failure: {last.Message}", last);

    /// <summary>Nothing can come any more.</summary>
    public void Dispose()
    {
        Come("The producer was disposed.");
        _source.Dispose();
    }
}

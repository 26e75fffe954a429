namespace CloudStream.Log.Runtime;

/// <summary>Exponential back-off with full jitter: 10 ms doubling to 2 s, each wait drawn between half and all of it.</summary>
internal struct Backoff(BrokerRuntime runtime)
{
    private const double FirstMs = 10, LastMs = 2000;
    private int _failures;

    /// <summary>Waits that have been taken.</summary>
    public readonly int Failures => _failures;

    /// <summary>Starts over after a success.</summary>
    public void Reset() => _failures = 0;

    /// <summary>The next wait.</summary>
    public TimeSpan Next()
    {
        var ceiling = Math.Min(LastMs, FirstMs * Math.Pow(2, Math.Min(_failures++, 16)));
        return TimeSpan.FromMilliseconds(ceiling * (0.5 + (0.5 * runtime.Random.NextDouble())));
    }

    /// <summary>Waits once.</summary>
    public Task WaitAsync(CancellationToken cancellationToken) => Task.Delay(Next(), runtime.Time, cancellationToken);
}

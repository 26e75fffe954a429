namespace CloudStream.Client.Transport;

/// <summary>
/// Waits between attempts: exponential with jitter, at least what the broker asks for. One per sequence of attempts; not thread-safe.
/// </summary>
internal sealed class Backoff(CloudStreamClientOptions options)
{
    private TimeSpan _next = options.RetryBackoff;

    /// <summary>Attempts that failed since the last success.</summary>
    public int Failures { get; private set; }

    public void Succeeded()
    {
        Failures = 0;
        _next = options.RetryBackoff;
    }

    /// <summary>The wait after one more failure.</summary>
    public TimeSpan Failed(TimeSpan? retryAfter)
    {
        Failures++;
        // Half fixed, half random: clients that failed together do not come back together.
        var wait = _next * (0.5 + (Random.Shared.NextDouble() / 2));
        _next = TimeSpan.FromTicks(Math.Min(_next.Ticks * 2, options.MaxRetryBackoff.Ticks));
        return retryAfter is { } asked && asked > wait ? asked + (options.RetryBackoff * Random.Shared.NextDouble()) : wait;
    }
}

namespace CloudStream.Client.Transport;

/// <summary>Repeats look-ups and admin calls while they fail in a retriable way and time remains.</summary>
internal sealed class RetryPolicy(CloudStreamClientOptions options)
{
    /// <param name="attempt">One attempt.</param>
    /// <param name="isRead">Whether repeating it does no harm even if it took effect.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <param name="failed">Told of every attempt that is repeated.</param>
    public async Task<T> RunAsync<T>(
        Func<CancellationToken, Task<T>> attempt,
        bool isRead,
        CancellationToken cancellationToken,
        Action<CloudStreamException>? failed = null)
    {
        var begin = options.TimeProvider.GetTimestamp();
        var backoff = new Backoff(options);
        while (true)
        {
            TimeSpan wait;
            try
            {
                return await attempt(cancellationToken);
            }
            catch (CloudStreamException e) when (e.IsRetriable && (isRead || !e.MayHaveHappened))
            {
                wait = backoff.Failed(e.RetryAfter);
                if (options.TimeProvider.GetElapsedTime(begin) + wait >= options.RetryTimeout)
                    throw;
                failed?.Invoke(e);
            }

            await Task.Delay(wait, options.TimeProvider, cancellationToken);
        }
    }
}

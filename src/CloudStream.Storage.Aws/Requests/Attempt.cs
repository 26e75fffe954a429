namespace CloudStream.Storage.Aws.Requests;

/// <summary>One request and what its failure means. Requests are made once: whoever called decides whether they are made again.</summary>
internal static class Attempt
{
    /// <summary>Makes a request within a limit of time.</summary>
    /// <param name="call">The request.</param>
    /// <param name="timeout">How long it may take.</param>
    /// <param name="what">What was asked of which store, for operators.</param>
    /// <param name="isInDoubt">Whether a request without an answer may have changed something that cannot simply be written again.</param>
    /// <param name="cancellationToken">The caller's; not a limit of time.</param>
    /// <exception cref="StoreException">It failed; the kind says what that means.</exception>
    public static async ValueTask<T> RunAsync<T>(
        Func<CancellationToken, Task<T>> call, TimeSpan timeout, string what, bool isInDoubt, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(timeout);
        try
        {
            return await call(limit.Token).ConfigureAwait(false);
        }
        catch (Exception e) when (e is not (StoreException or OutOfMemoryException))
        {
            cancellationToken.ThrowIfCancellationRequested();
            throw limit.IsCancellationRequested
                ? new StoreException(isInDoubt ? StoreErrorKind.Ambiguous : StoreErrorKind.Unavailable,
                    $"{what}: no answer within {timeout.TotalSeconds} s", e)
                : Failures.Describe(e, what, isInDoubt);
        }
    }
}

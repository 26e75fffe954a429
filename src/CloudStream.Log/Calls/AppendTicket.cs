using CloudStream.Log.Runtime;

namespace CloudStream.Log.Calls;

/// <summary>
/// An append that was begun: refused already, or copied and queued for a flush. Appends that one caller begins one after the other enter a partition in that order.
/// </summary>
public readonly struct AppendTicket
{
    private readonly AppendResult _refusal;
    private readonly Task<AppendResult>? _outcome;

    /// <summary>An append whose outcome is known.</summary>
    public AppendTicket(AppendResult result) => _refusal = result;

    /// <summary>An append that waits for its commit.</summary>
    public AppendTicket(Task<AppendResult> outcome) => _outcome = outcome;

    /// <summary>Whether the outcome is known.</summary>
    public bool IsSettled => _outcome?.IsCompleted ?? true;

    /// <summary>The outcome, however long it takes.</summary>
    public ValueTask<AppendResult> Outcome => _outcome is null ? new(_refusal) : new(_outcome);

    /// <summary>The outcome, or after <paramref name="patience"/> that it is unknown.</summary>
    public async ValueTask<AppendResult> WaitAsync(TimeSpan patience, TimeProvider time, CancellationToken cancellationToken)
    {
        if (_outcome is null)
            return _refusal;
        try
        {
            return await _outcome.OnContext().WaitAsync(patience, time, cancellationToken);
        }
        catch (TimeoutException)
        {
            return AppendResult.Failed(ErrorCode.OutcomeUnknown, $"No commit within {patience.TotalSeconds} s; the records may still be appended.");
        }
    }

    /// <summary>A refused append.</summary>
    public static AppendTicket Failed(ErrorCode error, string? detail = null, int retryAfterMs = 0) => new(AppendResult.Failed(error, detail, retryAfterMs));
}

using CloudStream.Log.Runtime;

namespace CloudStream.Log.Calls;

/// <summary>
/// An append that was begun: refused already, or copied and queued for a flush. Appends that one caller begins one after the other enter a
/// partition in that order.
/// </summary>
public readonly struct AppendTicket
{
    private readonly AppendResult _refusal;
    private readonly Task<AppendResult>? _outcome;
    private readonly Func<AppendResult, ValueTask<AppendResult>>? _duplicate;

    /// <summary>An append whose outcome is known.</summary>
    public AppendTicket(AppendResult result) => _refusal = result;

    /// <summary>An append that waits for its commit.</summary>
    public AppendTicket(Task<AppendResult> outcome) => _outcome = outcome;

    private AppendTicket(AppendTicket ticket, Func<AppendResult, ValueTask<AppendResult>> duplicate)
    {
        (_refusal, _outcome) = (ticket._refusal, ticket._outcome);
        _duplicate = duplicate;
    }

    /// <summary>Whether the outcome is known.</summary>
    public bool IsSettled => _outcome?.IsCompleted ?? true;

    /// <summary>The outcome, however long it takes.</summary>
    public ValueTask<AppendResult> Outcome =>
        _outcome is null ? new(_refusal) : _duplicate is null ? new(_outcome) : SettleAsync(_outcome, _duplicate);

    /// <summary>The same, of which more is found out where it proves to be a duplicate.</summary>
    public AppendTicket WithDuplicate(Func<AppendResult, ValueTask<AppendResult>> duplicate) => new(this, duplicate);

    /// <summary>The outcome, or after <paramref name="patience"/> that it is unknown; see <see cref="AppendPatience"/>.</summary>
    public ValueTask<AppendResult> WaitAsync(TimeSpan patience, TimeProvider time, CancellationToken cancellationToken) =>
        _outcome is null ? new(_refusal) : new AppendPatience(patience, time).WaitAsync(this, cancellationToken);

    /// <summary>Completes when the outcome is known; after <paramref name="patience"/>, or with the token, it fails.</summary>
    internal Task SettledWithin(TimeSpan patience, TimeProvider time, CancellationToken cancellationToken) =>
        _outcome!.OnContext().WaitAsync(patience, time, cancellationToken);

    private static async ValueTask<AppendResult> SettleAsync(
        Task<AppendResult> outcome, Func<AppendResult, ValueTask<AppendResult>> duplicate)
    {
        var result = await outcome;
        return result.Duplicate ? await duplicate(result) : result;
    }

    /// <summary>A refused append.</summary>
    public static AppendTicket Failed(ErrorCode error, string? detail = null, int retryAfterMs = 0) =>
        new(AppendResult.Failed(error, detail, retryAfterMs));
}

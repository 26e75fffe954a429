namespace CloudStream.Log.Calls;

/// <summary>
/// How long a request waits for the outcomes of its appends. Only time in which this process ran counts: it is measured in short steps, and
/// a step that took longer than it should, as the process was stopped or its machine asleep, counts as one. So a broker that wakes up finds
/// out what happened before it answers. Used by one request.
/// </summary>
/// <param name="total">The time it has for all of them.</param>
/// <param name="time">The clock.</param>
public sealed class AppendPatience(TimeSpan total, TimeProvider time)
{
    private const int Steps = 8;
    private const ConfigureAwaitOptions Quietly = ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext;

    private readonly TimeSpan _total = total;
    private readonly TimeSpan _step = total / Steps;
    private TimeSpan _left = total;

    /// <summary>The outcome, or that it is unknown when there is no time left.</summary>
    /// <exception cref="OperationCanceledException">The wait was cancelled.</exception>
    public async ValueTask<AppendResult> WaitAsync(AppendTicket ticket, CancellationToken cancellationToken)
    {
        while (!ticket.IsSettled && _left > TimeSpan.Zero)
        {
            var step = _left < _step ? _left : _step;
            var began = time.GetTimestamp();
            await ticket.SettledWithin(step, time, cancellationToken).ConfigureAwait(Quietly);
            var took = time.GetElapsedTime(began);
            if (!ticket.IsSettled)
                cancellationToken.ThrowIfCancellationRequested();
            _left -= ticket.IsSettled && took < step ? took : step;
        }

        return ticket.IsSettled
            ? await ticket.Outcome
            : AppendResult.Failed(ErrorCode.OutcomeUnknown,
                $"No commit within {_total.TotalSeconds} s; the records may still be appended.");
    }
}

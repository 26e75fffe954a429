namespace CloudStream.Client.Producing;

/// <summary>
/// How long a call may wait until its record is in a batch, and for what it waits. Made when the call's turn in the line has come: whoever
/// stands before it came earlier and is bound in the same way, so nobody holds it up beyond its own time.
/// </summary>
internal sealed class AppendWait : IDisposable
{
    private readonly LaneServices _services;
    private readonly CancellationTokenSource _time;
    private readonly CancellationTokenSource _any;
    private string _what;
    private CloudStreamException? _last;

    /// <param name="services">The producer's.</param>
    /// <param name="before">The wait of the call before this one, in which this one had no turn yet.</param>
    /// <param name="since">When the call came, in the clock's ticks.</param>
    /// <param name="caller">The caller's own token.</param>
    public AppendWait(LaneServices services, AppendWait? before, long since, CancellationToken caller)
    {
        _services = services;
        (_what, _last) = before is null ? ("the records before it", null) : (before._what, before._last);
        _time = new CancellationTokenSource(services.TimeLeft(since), services.Time);
        _any = CancellationTokenSource.CreateLinkedTokenSource(_time.Token, services.End.Token, caller);
    }

    /// <summary>Cancelled when the time is up, the producer ends, or the caller wants no more.</summary>
    public CancellationToken Token => _any.Token;

    /// <summary>What it waits for from now on.</summary>
    public void For(string what) => (_what, _last) = (what, null);

    /// <summary>An attempt failed and is repeated.</summary>
    public void Failed(CloudStreamException attempt) => _last = attempt;

    /// <summary>What to tell whoever waited, where it was not the caller who gave up.</summary>
    public ProduceException Error(TopicPartition partition)
    {
        var last = _last ?? _services.Failures.LastAttempt;
        return ProduceException.From(
            _services.End.HasCome ? _services.End.Error(last) : _services.TimedOut($"it waited for {_what}", last), partition,
            mayHaveHappened: false);
    }

    public void Dispose()
    {
        _any.Dispose();
        _time.Dispose();
    }
}

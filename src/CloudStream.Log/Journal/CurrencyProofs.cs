namespace CloudStream.Log.Journal;

/// <summary>
/// Keeps which questions the known state of a shard is proven fit to answer: those that were asked before some look at the register (or
/// some commit of our own) began. No clock is in it, and one proof serves everybody who asked before, so that any number of readers who
/// wait cost one look now and then. Thread-safe.
/// </summary>
internal sealed class CurrencyProofs
{
    private long _begun;
    private long _proven;

    /// <summary>A question is asked now; what this returns is handed to <see cref="Covers"/>.</summary>
    public long Ask() => Interlocked.Read(ref _begun);

    /// <summary>A look at the register, or a commit, begins now; what this returns is handed to <see cref="Succeeded"/>.</summary>
    public long Begin() => Interlocked.Increment(ref _begun);

    /// <summary>
    /// The known state is at least as new as the register was when the proof began. Call it after the state has been published.
    /// </summary>
    public void Succeeded(long proof)
    {
        var proven = Interlocked.Read(ref _proven);
        while (proof > proven)
        {
            var seen = Interlocked.CompareExchange(ref _proven, proof, proven);
            if (seen == proven)
                return;
            proven = seen;
        }
    }

    /// <summary>Whether a proof that began after the question has succeeded.</summary>
    public bool Covers(long question) => Interlocked.Read(ref _proven) > question;
}

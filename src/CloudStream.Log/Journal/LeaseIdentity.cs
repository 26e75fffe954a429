namespace CloudStream.Log.Journal;

/// <summary>
/// Who this broker is as a lease holder, and whether its own sign of life is so young that nobody can have taken its leases. It may change
/// while the broker runs: one that was silent for too long comes back under another name. Thread-safe.
/// </summary>
internal sealed class LeaseIdentity(string incarnation)
{
    private string _incarnation = incarnation;
    private Func<bool> _isFresh = static () => false;

    /// <summary>The name of this start as a lease holder.</summary>
    public string Incarnation => Volatile.Read(ref _incarnation);

    /// <summary>Whether nobody can have taken what this broker holds.</summary>
    public bool IsFresh => Volatile.Read(ref _isFresh)();

    /// <summary>The broker joined (again) under a name.</summary>
    public void Become(string incarnation, Func<bool> isFresh)
    {
        Volatile.Write(ref _isFresh, static () => false);
        Volatile.Write(ref _incarnation, incarnation);
        Volatile.Write(ref _isFresh, isFresh);
    }
}

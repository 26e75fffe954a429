namespace CloudStream.Log.Memory;

/// <summary>
/// The bytes that all connections of a broker together may hold of what they receive, or of what they send. Past it who wants more waits in
/// turn. What is small takes nothing and never waits, so that a heartbeat does not stand behind a hundred megabytes; what is larger than
/// the whole budget gets through alone. Thread-safe.
/// </summary>
public sealed class TransferBudget
{
    /// <summary>Up to this many bytes take nothing: a connection holds a block of that size anyway.</summary>
    public const int SmallBytes = 64 * 1024;

    /// <summary>What holds memory and of which fewer bytes come within the time for that is given up.</summary>
    public const int ProgressBytes = 64 * 1024;

    private readonly ByteBudget _bytes;
    private readonly ByteBudget _overdraft = new(1);

    /// <summary>Creates a budget of <paramref name="limit"/> bytes.</summary>
    public TransferBudget(long limit) => _bytes = new ByteBudget(limit);

    /// <summary>Bytes that may be held at once.</summary>
    public long Limit => _bytes.Limit;

    /// <summary>Bytes that are held now.</summary>
    public long Used => _bytes.Used;

    /// <summary>How many wait now.</summary>
    public int Waiting => _bytes.Waiting + _overdraft.Waiting;

    /// <summary>How often anybody had to wait.</summary>
    public long Waits => _bytes.Waits + _overdraft.Waits;

    /// <summary>A place for what one request or answer holds; nothing is taken yet.</summary>
    /// <param name="isBeside">Whether its holder holds something of this budget already.</param>
    public TransferLease Open(bool isBeside = false) => new(_bytes, _overdraft, isBeside);
}

namespace CloudStream.Log.Cache;

/// <summary>
/// Which block is wanted and how to load it. Loading fails with <see cref="Storage.StoreException"/> and nothing else, cancellation aside.
/// </summary>
/// <param name="key">Which block.</param>
/// <param name="bytes">About how much the load reads; what it is charged in the <see cref="HistoryBudget"/>.</param>
internal abstract class BlockRequest(BlockKey key, long bytes)
{
    /// <summary>Which block.</summary>
    public BlockKey Key { get; } = key;

    /// <summary>About how many bytes the load reads.</summary>
    public long Bytes { get; } = bytes;

    /// <summary>
    /// Whether readers take it piece by piece from front to back, so that to want it several times says nothing of its worth.
    /// </summary>
    public virtual bool IsScanned => false;

    /// <summary>Whether the store is read, which takes a place in the <see cref="HistoryBudget"/>.</summary>
    public virtual bool ReadsStore => true;

    /// <summary>Reads, checks and builds the block.</summary>
    public abstract ValueTask<Block> LoadAsync(ObjectReads reads, CancellationToken cancellationToken);
}

namespace CloudStream.Log.Cache;

/// <summary>A block in the cache, or on its way there. Fields change only under the cache's lock.</summary>
internal sealed class BlockEntry
{
    public BlockEntry(BlockRequest request, int waiters)
    {
        Key = request.Key;
        Waiters = waiters;
        TakenUntil = request.IsScanned ? -1 : long.MaxValue;
        Node = new LinkedListNode<BlockEntry>(this);
    }

    public BlockKey Key { get; }

    /// <summary>The block; null while it is being loaded.</summary>
    public Block? Block { get; set; }

    /// <summary>Readers that wait for the load; each gets a reference.</summary>
    public int Waiters { get; set; }

    /// <summary>Set when the load has ended and waiters have their references.</summary>
    public bool IsSettled { get; set; }

    /// <summary>
    /// Readers have taken what lies before this offset: one that wants some of it again is no scan. A block that is not read from front to
    /// back has been taken whole.
    /// </summary>
    public long TakenUntil { get; set; }

    /// <summary>Whether it has been wanted again and is kept longer.</summary>
    public bool IsProtected { get; set; }

    /// <summary>Its place in the order of use.</summary>
    public LinkedListNode<BlockEntry> Node { get; }

    /// <summary>Completes with the load.</summary>
    public TaskCompletionSource<LoadOutcome> Completion { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
}

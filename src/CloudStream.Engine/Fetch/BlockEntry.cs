namespace CloudStream.Engine.Fetch;

/// <summary>A block in the cache, or on its way there. Fields change only under the cache's lock.</summary>
internal sealed class BlockEntry
{
    public BlockEntry(BlockRequest request, int waiters)
    {
        Key = request.Key;
        Waiters = waiters;
        Node = new LinkedListNode<BlockEntry>(this);
    }

    public BlockKey Key { get; }

    /// <summary>The block; null while it is being loaded.</summary>
    public Block? Block { get; set; }

    /// <summary>Readers that wait for the load; each gets a reference.</summary>
    public int Waiters { get; set; }

    /// <summary>Set when the load has ended and waiters have their references.</summary>
    public bool IsSettled { get; set; }

    /// <summary>The largest offset wanted of it so far: a reader that comes back to a lower or equal one is no scan.</summary>
    public long LastOffset { get; set; } = -1;

    /// <summary>Whether it has been wanted again and is kept longer.</summary>
    public bool IsProtected { get; set; }

    /// <summary>Its place in the order of use.</summary>
    public LinkedListNode<BlockEntry> Node { get; }

    /// <summary>Completes with the load.</summary>
    public TaskCompletionSource<LoadOutcome> Completion { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
}

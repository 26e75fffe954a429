namespace CloudStream.Log.Cache;

/// <summary>
/// The order in which blocks leave the cache: segmented least-recently-used. New blocks are on probation; one of which something is wanted
/// again that a reader has had already becomes protected. So one scan of history, however small its fetches, pushes out only what other
/// scans left behind. Blocks that their reader has passed go before those that he has not come to yet: a client that reads one partition
/// after the other leaves what was read ahead for the others for long. Not thread-safe: the cache's lock guards it.
/// </summary>
internal sealed class BlockOrder(long protectedBytesLimit)
{
    private readonly LinkedList<BlockEntry> _passed = new();
    private readonly LinkedList<BlockEntry> _probation = new();
    private readonly LinkedList<BlockEntry> _protected = new();
    private long _protectedBytes;

    /// <summary>Bytes of all blocks.</summary>
    public long Bytes { get; private set; }

    public void Add(BlockEntry entry)
    {
        Bytes += entry.Block!.Bytes;
        _probation.AddFirst(entry.Node);
    }

    public void Touch(BlockEntry entry, long offset)
    {
        if (offset < entry.TakenUntil && !entry.IsProtected)
            Protect(entry);
        else
            MoveToFront(entry);
    }

    /// <summary>The block's reader has come to its end.</summary>
    public void Pass(BlockEntry entry)
    {
        if (entry.IsProtected || entry.Node.List == _passed)
            return;
        _probation.Remove(entry.Node);
        _passed.AddFirst(entry.Node);
    }

    /// <summary>The block is no longer the cache's.</summary>
    public void Remove(BlockEntry entry)
    {
        entry.Node.List!.Remove(entry.Node);
        Bytes -= entry.Block!.Bytes;
        if (entry.IsProtected)
            _protectedBytes -= entry.Block.Bytes;
    }

    /// <summary>
    /// Frees unused blocks, least valuable first, until at most <paramref name="limit"/> bytes are left or all others are in use.
    /// </summary>
    public void Shrink(long limit, Dictionary<BlockKey, BlockEntry> entries)
    {
        Shrink(_passed, limit, entries);
        Shrink(_probation, limit, entries);
        Shrink(_protected, limit, entries);
    }

    private void Protect(BlockEntry entry)
    {
        entry.Node.List!.Remove(entry.Node);
        _protected.AddFirst(entry.Node);
        entry.IsProtected = true;
        _protectedBytes += entry.Block!.Bytes;
        while (_protectedBytes > protectedBytesLimit && _protected.Last is { } last)
        {
            _protected.Remove(last);
            _probation.AddFirst(last);
            last.Value.IsProtected = false;
            _protectedBytes -= last.Value.Block!.Bytes;
        }
    }

    private static void MoveToFront(BlockEntry entry)
    {
        var list = entry.Node.List!;
        list.Remove(entry.Node);
        list.AddFirst(entry.Node);
    }

    // What is in use is as recent as can be: it moves to the front, so that it is not looked at again and again.
    private void Shrink(LinkedList<BlockEntry> list, long limit, Dictionary<BlockKey, BlockEntry> entries)
    {
        for (var steps = list.Count; steps > 0 && Bytes > limit; steps--)
        {
            var entry = list.Last!.Value;
            var bytes = entry.Block!.Bytes;
            if (!entry.Block.TryRetire())
            {
                MoveToFront(entry);
                continue;
            }

            list.Remove(entry.Node);
            entries.Remove(entry.Key);
            Bytes -= bytes;
            if (entry.IsProtected)
                _protectedBytes -= bytes;
        }
    }
}

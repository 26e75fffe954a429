using CloudStream.Log.Memory;

namespace CloudStream.Log.Cache;

/// <summary>
/// Something immutable that was read from the object store and is shared: a chunk, a merged object's chunk table, an index page. Counted by
/// references, of which the creator holds the first (it hands it to the cache); when the last one goes, pooled memory goes back.
/// Thread-safe.
/// </summary>
internal abstract class Block : IReference
{
    private int _references = 1;
    private BlockCache? _cache;

    /// <param name="bytes">What it costs in memory.</param>
    protected Block(long bytes) => Bytes = bytes;

    /// <summary>What it costs in memory, in bytes.</summary>
    public long Bytes { get; }

    /// <summary>
    /// Puts the block into a cache that already holds its first reference, and adds the references of those who wait for it.
    /// </summary>
    public void Publish(BlockCache cache, int waiters)
    {
        _cache = cache;
        Interlocked.Add(ref _references, waiters);
    }

    /// <summary>Adds a reference; only for who holds one, or for the cache under its lock.</summary>
    public void AddReference() => Interlocked.Increment(ref _references);

    /// <summary>Lets go of a reference; the block must not be touched afterwards.</summary>
    public void Release()
    {
        var left = Interlocked.Decrement(ref _references);
        if (left == 0)
            Free();
        else if (left == 1)
            _cache?.MakeRoom();
    }

    /// <summary>
    /// Takes the cache's reference if it is the only one: then the block is freed and true comes back. Only under the cache's lock.
    /// </summary>
    public bool TryRetire()
    {
        if (Interlocked.CompareExchange(ref _references, 0, 1) != 1)
            return false;
        Free();
        return true;
    }

    /// <summary>Gives pooled memory back.</summary>
    protected virtual void Free()
    {
    }
}

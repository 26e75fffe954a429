using CloudStream.Storage.Native;

namespace CloudStream.Log.Memory;

/// <summary>
/// Large buffers, cut from huge pages in units of 64 KiB, so that buffers of all sizes share the same memory. The lowest place that is free
/// is taken, and pages in which nothing is left go back to the system when there are more of them than are wanted. Thread-safe.
/// </summary>
/// <param name="maxIdleBytes">Memory that is kept although nobody uses it, in whole pages.</param>
internal sealed class PageArena(long maxIdleBytes) : INativeMemory
{
    /// <summary>Buffers begin at multiples of this and have such lengths.</summary>
    public const int UnitBytes = 64 * 1024;

    /// <summary>The largest buffer that shares; larger ones are mapped one by one.</summary>
    public const int MaxBytes = 16 * 1024 * 1024;

    private readonly Lock _lock = new();
    private readonly List<PageSlab> _slabs = [];
    private int _idlePages;

    /// <summary>Memory that is kept although nobody uses it.</summary>
    public long IdleBytes => (long)Volatile.Read(ref _idlePages) * HugePages.PageBytes;

    /// <summary>A buffer of at least <paramref name="length"/> bytes, contents undefined.</summary>
    public NativeBuffer Rent(int length)
    {
        if (length > MaxBytes)
        {
            var pages = new HugePages(length);
            return new NativeBuffer(new OwnPages(pages), pages.Address, length);
        }

        var units = (length + UnitBytes - 1) / UnitBytes;
        return new NativeBuffer(this, Take(units), units * UnitBytes);
    }

    /// <inheritdoc/>
    public void Release(nint address, int length)
    {
        lock (_lock)
        {
            var slab = _slabs.Find(s => s.Contains(address))!;
            _idlePages += slab.Release(address, length / UnitBytes, keep: (int)(maxIdleBytes / HugePages.PageBytes) - _idlePages);
            if (!slab.IsEmpty || _slabs.Count == 1)
                return;
            _idlePages -= slab.IdlePages;
            _slabs.Remove(slab);
            slab.Dispose();
        }
    }

    private nint Take(int units)
    {
        lock (_lock)
        {
            foreach (var slab in _slabs)
            {
                if (slab.TryTake(units, ref _idlePages, out var address))
                    return address;
            }

            var fresh = new PageSlab();
            _slabs.Add(fresh);
            return fresh.TryTake(units, ref _idlePages, out var first)
                ? first
                : throw new InvalidOperationException("an empty slab has no room");
        }
    }

    /// <summary>A buffer that shares with no other.</summary>
    private sealed class OwnPages(HugePages pages) : INativeMemory
    {
        public void Release(nint address, int length) => pages.Dispose();
    }
}

using CloudStream.Storage;

namespace CloudStream.Log.Cache;

/// <summary>
/// What could not be loaded because it is missing or damaged, so that the store is not asked for it with every fetch: a minute apart at
/// last. An object that is missing may only be known to be replaced somewhere else, so readers may first look again with a newer index. Not
/// thread-safe: used under the cache's lock.
/// </summary>
internal sealed class FailedLoads(TimeProvider time)
{
    /// <summary>Loads of a missing object before the store is asked less often: the first one, and one with each newer index.</summary>
    public const int FreeLoads = 4;

    private const int MaxKept = 1024;
    private static readonly TimeSpan s_firstPause = TimeSpan.FromSeconds(1), s_longestPause = TimeSpan.FromMinutes(1);
    private readonly Dictionary<BlockKey, Failed> _failed = [];

    /// <summary>The failure, while it is too early to ask the store again; null when it may be asked.</summary>
    public StoreException? Find(BlockKey key) =>
        _failed.Count > 0 && _failed.TryGetValue(Stored(key), out var failed)
            && time.GetElapsedTime(failed.At) < PauseAfter(failed) ? failed.Failure : null;

    /// <summary>A load has failed.</summary>
    /// <returns>Whether that is news.</returns>
    public bool Add(BlockKey key, StoreException failure)
    {
        if (failure.Kind is not (StoreErrorKind.Corrupt or StoreErrorKind.NotFound))
            return true;
        key = Stored(key);
        var isNews = !_failed.TryGetValue(key, out var before);
        if (isNews && _failed.Count >= MaxKept)
            _failed.Remove(_failed.MinBy(f => f.Value.At).Key);
        _failed[key] = new Failed(failure, before.Count + 1, time.GetTimestamp());
        return isNews;
    }

    /// <summary>A load has succeeded.</summary>
    /// <returns>Whether the block had failed before.</returns>
    public bool Remove(BlockKey key) => _failed.Count > 0 && _failed.Remove(Stored(key));

    // The same bytes, whoever wants them.
    private static BlockKey Stored(BlockKey key) => key with { MayStayInFile = false };

    /// <summary>The store may be asked for everything at once.</summary>
    public void Clear() => _failed.Clear();

    private static TimeSpan PauseAfter(Failed failed)
    {
        var counted = failed.Count - (failed.Failure.Kind == StoreErrorKind.NotFound ? FreeLoads : 1);
        if (counted < 0)
            return TimeSpan.Zero;
        var pause = s_firstPause * Math.Pow(2, Math.Min(counted, 10));
        return pause < s_longestPause ? pause : s_longestPause;
    }

    private readonly record struct Failed(StoreException Failure, int Count, long At);
}

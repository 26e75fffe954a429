namespace CloudStream.Storage.Objects;

/// <summary>The rule for range reads, the same on every store.</summary>
public static class ObjectRanges
{
    /// <summary>
    /// Room beside the range that a store may want
    /// (<see cref="IObjectStore.GetRangeAsync(string, long, int, Memory{byte}, CancellationToken)"/>): a disk gives whole blocks.
    /// </summary>
    public const int SlackBytes = 8192;

    /// <summary>Fails with <see cref="StoreErrorKind.Invalid"/> when a range begins before its object.</summary>
    public static void Check(string name, long position)
    {
        if (position < 0)
            throw new StoreException(StoreErrorKind.Invalid, $"a range of the object '{name}' begins at {position}");
    }
}

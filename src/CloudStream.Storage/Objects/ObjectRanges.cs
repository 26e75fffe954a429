namespace CloudStream.Storage.Objects;

/// <summary>The rule for range reads, the same on every store.</summary>
public static class ObjectRanges
{
    /// <summary>Fails with <see cref="StoreErrorKind.Invalid"/> when a range begins before its object.</summary>
    public static void Check(string name, long position)
    {
        if (position < 0)
            throw new StoreException(StoreErrorKind.Invalid, $"a range of the object '{name}' begins at {position}");
    }
}

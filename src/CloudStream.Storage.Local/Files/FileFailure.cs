namespace CloudStream.Storage.Local.Files;

/// <summary>What a failure of the file system means for the caller of the store.</summary>
internal static class FileFailure
{
    /// <summary>Whether the framework reports file trouble with this exception (a closed handle is that of a closed store).</summary>
    public static bool IsOne(Exception e) => e is IOException or UnauthorizedAccessException or ObjectDisposedException;

    /// <summary>Classifies the failure; <paramref name="otherwise"/> says what a failure of no special code means here.</summary>
    public static StoreException AsStoreException(Exception e, string what, StoreErrorKind otherwise)
    {
        if (otherwise == StoreErrorKind.Ambiguous)
            return new StoreException(otherwise, $"{what} failed: {e.Message}", e); // Whatever the reason, the bytes may be there.
        if (WriteFailure.ConditionOf(e.HResult) is { } condition)
            return new StoreException(StoreErrorKind.NotWritable, $"{what} failed: {condition}", e) { Condition = condition };
        return new StoreException(e is UnauthorizedAccessException ? StoreErrorKind.Refused : otherwise, $"{what} failed: {e.Message}", e);
    }
}

namespace CloudStream.Storage.Local.Files;

/// <summary>What a failure of the file system means for the caller of the store.</summary>
internal static class FileFailure
{
    private const int NoSpace = 28; // ENOSPC
    private const int OverQuota = 122; // EDQUOT
    private const int ReadOnly = 30; // EROFS
    private const int WindowsDiskFull = unchecked((int)0x80070070);
    private const int WindowsHandleDiskFull = unchecked((int)0x80070027);

    /// <summary>Whether the framework reports file trouble with this exception (a closed handle is that of a closed store).</summary>
    public static bool IsOne(Exception e) => e is IOException or UnauthorizedAccessException or ObjectDisposedException;

    /// <summary>Classifies the failure; <paramref name="otherwise"/> says what a failure of no special code means here.</summary>
    public static StoreException AsStoreException(Exception e, string what, StoreErrorKind otherwise) => new(Classify(e, otherwise), $"{what} failed", e);

    private static StoreErrorKind Classify(Exception e, StoreErrorKind otherwise)
    {
        if (otherwise == StoreErrorKind.Ambiguous)
            return otherwise; // Whatever the reason, the bytes may be there.
        return e is UnauthorizedAccessException || e.HResult is NoSpace or OverQuota or ReadOnly or WindowsDiskFull or WindowsHandleDiskFull
            ? StoreErrorKind.Refused
            : otherwise;
    }
}

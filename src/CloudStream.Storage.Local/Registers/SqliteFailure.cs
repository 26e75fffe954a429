using SQLitePCL;

namespace CloudStream.Storage.Local.Registers;

/// <summary>A SQLite call that failed, and what its result code means for the caller of the store.</summary>
internal sealed class SqliteFailure(int code, string message) : Exception(message)
{
    /// <summary>The primary result code.</summary>
    public int Code { get; } = code & 0xff;

    /// <summary>Another connection holds the lock that was wanted.</summary>
    public bool IsBusy => Code is raw.SQLITE_BUSY or raw.SQLITE_LOCKED;

    /// <summary>The failure of a call whose effect is known to be none.</summary>
    public StoreException WithoutEffect() => AsStoreException(StoreErrorKind.Unavailable);

    /// <summary>The failure of a COMMIT: it may have reached the disk unless the code rules that out.</summary>
    public StoreException AtCommit() => AsStoreException(StoreErrorKind.Ambiguous);

    private StoreException AsStoreException(StoreErrorKind otherwise) => new(Classify(Code, otherwise), $"SQLite: {Message}", this);

    // A full disk fails the write of a WAL frame, so that the commit frame, the last one, is never complete.
    private static StoreErrorKind Classify(int code, StoreErrorKind otherwise) => code switch
    {
        raw.SQLITE_BUSY or raw.SQLITE_LOCKED => StoreErrorKind.Throttled,
        raw.SQLITE_FULL or raw.SQLITE_READONLY or raw.SQLITE_PERM or raw.SQLITE_CANTOPEN or raw.SQLITE_AUTH => StoreErrorKind.Refused,
        raw.SQLITE_CORRUPT or raw.SQLITE_NOTADB => StoreErrorKind.Corrupt,
        _ => otherwise,
    };
}

using CloudStream.Storage.Local.Files;
using SQLitePCL;

namespace CloudStream.Storage.Local.Registers;

/// <summary>A SQLite call that failed, and what its result code means for the caller of the store.</summary>
/// <param name="code">SQLite's result code.</param>
/// <param name="message">SQLite's words.</param>
/// <param name="systemError">The system's own error code where an input or output failed; 0 when unknown.</param>
internal sealed class SqliteFailure(int code, string message, int systemError = 0) : Exception(message)
{
    /// <summary>The primary result code.</summary>
    public int Code { get; } = code & 0xff;

    /// <summary>Another connection holds the lock that was wanted.</summary>
    public bool IsBusy => Code is raw.SQLITE_BUSY or raw.SQLITE_LOCKED;

    // A full disk fails the write of a WAL frame, so that the commit frame, the last one, is never complete; so does one that has become
    // read-only. What fails while it is flushed may be there.
    private bool IsFlush { get; } = code == raw.SQLITE_IOERR_FSYNC || code == raw.SQLITE_IOERR_DIR_FSYNC;

    private string? Condition => Code switch
    {
        raw.SQLITE_FULL => WriteFailure.DiskFull,
        raw.SQLITE_READONLY => WriteFailure.ReadOnly,
        raw.SQLITE_IOERR when !IsFlush => WriteFailure.ConditionOf(systemError),
        raw.SQLITE_CANTOPEN => WriteFailure.ConditionOf(systemError),
        _ => null,
    };

    /// <summary>The failure of a call whose effect is known to be none.</summary>
    public StoreException WithoutEffect() => AsStoreException(StoreErrorKind.Unavailable);

    /// <summary>The failure of a COMMIT: it may have reached the disk unless the code rules that out.</summary>
    public StoreException AtCommit() => AsStoreException(StoreErrorKind.Ambiguous);

    private StoreException AsStoreException(StoreErrorKind otherwise) =>
        new(Condition is null ? Classify(Code, otherwise) : StoreErrorKind.NotWritable, $"SQLite: {Message}", this)
        {
            Condition = Condition
        };

    private static StoreErrorKind Classify(int code, StoreErrorKind otherwise) => code switch
    {
        raw.SQLITE_BUSY or raw.SQLITE_LOCKED => StoreErrorKind.Throttled,
        raw.SQLITE_PERM or raw.SQLITE_CANTOPEN or raw.SQLITE_AUTH => StoreErrorKind.Refused,
        raw.SQLITE_CORRUPT or raw.SQLITE_NOTADB => StoreErrorKind.Corrupt,
        _ => otherwise,
    };
}

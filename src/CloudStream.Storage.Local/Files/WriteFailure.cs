namespace CloudStream.Storage.Local.Files;

/// <summary>The system's error codes that say that nothing can be written, whatever is tried.</summary>
internal static class WriteFailure
{
    /// <summary>What is said of a disk without room.</summary>
    public const string DiskFull = "the disk is full";

    /// <summary>What is said of a file system that may only be read.</summary>
    public const string ReadOnly = "the disk may only be read";

    private const int NoSpace = 28; // ENOSPC
    private const int OverQuota = 122; // EDQUOT on Linux
    private const int ReadOnlyFileSystem = 30; // EROFS
    private const int WindowsDiskFull = unchecked((int)0x80070070);
    private const int WindowsHandleDiskFull = unchecked((int)0x80070027);
    private const int WindowsWriteProtected = unchecked((int)0x80070013);

    /// <summary>Why nothing can be written; null when the code says something else.</summary>
    public static string? ConditionOf(int code) => code switch
    {
        NoSpace or WindowsDiskFull or WindowsHandleDiskFull => DiskFull,
        OverQuota => "the disk quota is used up",
        ReadOnlyFileSystem or WindowsWriteProtected => ReadOnly,
        _ => null,
    };
}

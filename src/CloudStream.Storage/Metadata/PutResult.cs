namespace CloudStream.Storage.Metadata;

/// <summary>The outcome of a conditional write: done, or the register that stood in the way.</summary>
public readonly record struct PutResult
{
    private PutResult(bool succeeded, long version, Register? current) => (Succeeded, Version, Current) = (succeeded, version, current);

    /// <summary>Whether the write took effect.</summary>
    public bool Succeeded { get; }

    /// <summary>
    /// The register's new version after success; the version in the way after a conflict: the current register's, a tombstone's, or 0 for a
    /// key that was never written.
    /// </summary>
    public long Version { get; }

    /// <summary>After a conflict: the current register, null when it does not exist.</summary>
    public Register? Current { get; }

    /// <summary>The write took effect and produced <paramref name="version"/>.</summary>
    public static PutResult Done(long version) => new(true, version, null);

    /// <summary>The write changed nothing because <paramref name="current"/> stood in the way.</summary>
    public static PutResult Conflict(Register current) => new(false, current.Version, current);

    /// <summary>The write changed nothing because nothing is there, at another version (0: never written) than it expected.</summary>
    public static PutResult Absent(long version) => new(false, version, null);
}

namespace CloudStream.Storage.Metadata;

/// <summary>The outcome of a conditional write: done, or the register that stood in the way.</summary>
public readonly record struct PutResult
{
    private PutResult(bool succeeded, long version, Register? current) => (Succeeded, Version, Current) = (succeeded, version, current);

    /// <summary>Whether the write took effect.</summary>
    public bool Succeeded { get; }

    /// <summary>The register's new version after success; the version in the way after a conflict (0 when the register does not exist).</summary>
    public long Version { get; }

    /// <summary>After a conflict: the current register, null when it does not exist.</summary>
    public Register? Current { get; }

    /// <summary>The write took effect and produced <paramref name="version"/>.</summary>
    public static PutResult Done(long version) => new(true, version, null);

    /// <summary>The write changed nothing because <paramref name="current"/> stood in the way.</summary>
    public static PutResult Conflict(Register? current) => new(false, current?.Version ?? 0, current);
}

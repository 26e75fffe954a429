namespace CloudStream.Storage.Metadata;

/// <summary>
/// Versioned registers: small values changed only by compare-and-swap. Reads are strong (they see every write that completed before
/// they began). Every method throws <see cref="StoreException"/> and nothing else (cancellation aside). Implementations are thread-safe.
/// </summary>
/// <remarks>
/// Keys are 1 to 512 characters of <c>A-Z a-z 0-9 / - _ .</c>; the part before the first <c>/</c> is the key's family.
/// Values are at most <see cref="MetadataLimits.MaxValueBytes"/>. A key's first version is 1 and each change adds 1. Versions of a key never go back, not
/// even across a delete: a key that was deleted at version 7 and is created again gets version 9 (the delete itself took 8),
/// so that a compare-and-swap meant for the old incarnation cannot hit the new one.
/// </remarks>
public interface IMetadataStore
{
    /// <summary>Reads a register; null when it does not exist (or was deleted).</summary>
    ValueTask<Register?> GetAsync(string key, CancellationToken cancellationToken);

    /// <summary>
    /// Writes a value if the register's version is still <paramref name="expectedVersion"/>; 0 expects that it does not exist.
    /// A stale expectation changes nothing and returns the current register.
    /// </summary>
    /// <param name="key">The register.</param>
    /// <param name="value">The new value; copied before the call returns or completes.</param>
    /// <param name="expectedVersion">The version that the caller has seen, 0 for "does not exist".</param>
    /// <param name="writeId">
    /// Stored with the value. After <see cref="StoreErrorKind.Ambiguous"/> the caller reads back and compares; a retry of the very same
    /// write uses the same id (see <see cref="MetadataStoreExtensions.PutSettledAsync"/>).
    /// </param>
    /// <param name="cancellationToken">Abandons the wait; the outcome is then unknown.</param>
    ValueTask<PutResult> PutAsync(string key, ReadOnlyMemory<byte> value, long expectedVersion, WriteId writeId, CancellationToken cancellationToken);

    /// <summary>Deletes a register if its version is still <paramref name="expectedVersion"/>; otherwise changes nothing and returns the current register.</summary>
    ValueTask<PutResult> DeleteAsync(string key, long expectedVersion, CancellationToken cancellationToken);

    /// <summary>Registers whose keys start with <paramref name="prefix"/>, in ordinal order. The prefix holds a whole family, such as <c>topics/</c>. Each register is read strongly, the list as a whole is no snapshot.</summary>
    IAsyncEnumerable<Register> ListAsync(string prefix, CancellationToken cancellationToken);
}

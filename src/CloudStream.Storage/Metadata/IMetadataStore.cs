namespace CloudStream.Storage.Metadata;

/// <summary>
/// Versioned registers: small values changed only by compare-and-swap. Reads are strong (they see every write that completed before
/// they began). Every method throws <see cref="StoreException"/> and nothing else (cancellation aside). Implementations are thread-safe.
/// </summary>
/// <remarks>
/// Keys are 1 to 512 characters of <c>A-Z a-z 0-9 / - _ .</c>; the part before the first <c>/</c> is the key's family.
/// Values are at most <see cref="MetadataLimits.MaxValueBytes"/>. A key's first version is 1 and each change adds 1. Versions of a key
/// never go back, not even across a delete: a key that was deleted at version 7 stands at version 8 with nothing there (a tombstone), and
/// whoever creates it again must expect 8 and gets 9. So a version names one moment of a key's history, and a late write meant for an
/// earlier one cannot hit a later one, be it a change or a creation. (DynamoDB: the tombstone is the item without its value attribute; a
/// put is conditional on the version attribute, or on no item for version 0.)
/// <para>
/// A write has one of four outcomes: applied (<see cref="PutResult.Succeeded"/>); refused, with what stands there now (a
/// <see cref="PutResult"/> that has not succeeded); not applied, and the same call may succeed later
/// (<see cref="StoreErrorKind.Unavailable"/>, <see cref="StoreErrorKind.Throttled"/>, <see cref="StoreErrorKind.NotWritable"/>); unknown
/// (<see cref="StoreErrorKind.Ambiguous"/>, or a call that was cancelled): it may have been applied, or still be, until another write has
/// moved the version on. What is read back carries the id of the write that made it, so that the writer knows its own.
/// </para>
/// <para>
/// A family of registers may be numbered: <see cref="RegisterKeys.SlotOf"/>. Its slots lie side by side, so that many are read at once.
/// </para>
/// </remarks>
public interface IMetadataStore
{
    /// <summary>
    /// Up to how many bytes of records a flush had better be written into its commit's register than into an object; 0 for never. Each
    /// store says what is cheaper there, by its price or as measured.
    /// </summary>
    int InlineMaxBytes => 0;

    /// <summary>
    /// Whether registers may hold records now. A store that is full keeps the room that is left for what makes room again.
    /// </summary>
    bool TakesRecords => true;

    /// <summary>Reads a register; null when it does not exist (or was deleted).</summary>
    ValueTask<Register?> GetAsync(string key, CancellationToken cancellationToken);

    /// <summary>
    /// Reads how far a key's history has come, strongly and without its value: much cheaper than <see cref="GetAsync"/> where the value is
    /// large.
    /// </summary>
    ValueTask<RegisterVersion> GetVersionAsync(string key, CancellationToken cancellationToken);

    /// <summary>
    /// Reads the registers of consecutive slots of a family with one request, strongly: each as it was at some moment after the call began.
    /// All of them together are no snapshot.
    /// </summary>
    /// <param name="family">What the slots' keys begin with; ends with a <c>/</c>.</param>
    /// <param name="first">The first slot.</param>
    /// <param name="count">How many slots, at least 1; the last one is <see cref="RegisterKeys.MaxSlot"/> at most.</param>
    /// <param name="cancellationToken">Abandons the wait.</param>
    /// <returns>One place for each slot, in order; null where there is no register.</returns>
    ValueTask<Register?[]> GetRangeAsync(string family, int first, int count, CancellationToken cancellationToken);

    /// <summary>
    /// Writes a value if the key still stands at version <paramref name="expectedVersion"/>, whether with a register or with nothing there
    /// after a delete; 0 expects that it was never written. A stale expectation changes nothing and returns the current register, or the
    /// version of the tombstone.
    /// </summary>
    /// <param name="key">The register.</param>
    /// <param name="value">The new value; copied before the call returns or completes.</param>
    /// <param name="expectedVersion">The version that the caller has seen, of a register or of nothing (<see cref="GetVersionAsync"/>); 0
    /// for "never written".</param>
    /// <param name="writeId">
    /// Stored with the value. After <see cref="StoreErrorKind.Ambiguous"/> the caller reads back and compares; a retry of the very same
    /// write uses the same id (see <see cref="MetadataStoreExtensions.PutSettledAsync"/>).
    /// </param>
    /// <param name="cancellationToken">Abandons the wait; the outcome is then unknown.</param>
    ValueTask<PutResult> PutAsync(
        string key, ReadOnlyMemory<byte> value, long expectedVersion, WriteId writeId, CancellationToken cancellationToken);

    /// <summary>
    /// Deletes a register if its version is still <paramref name="expectedVersion"/>; otherwise changes nothing and returns the current
    /// register.
    /// </summary>
    ValueTask<PutResult> DeleteAsync(string key, long expectedVersion, CancellationToken cancellationToken);

    /// <summary>
    /// Registers whose keys start with <paramref name="prefix"/>, in ordinal order. The prefix holds a whole family, such as
    /// <c>topics/</c>. Each register is read strongly, the list as a whole is no snapshot.
    /// </summary>
    IAsyncEnumerable<Register> ListAsync(string prefix, CancellationToken cancellationToken);
}

namespace CloudStream.Storage.Metadata;

/// <summary>What callers do around a single conditional write.</summary>
public static class MetadataStoreExtensions
{
    /// <summary>
    /// Puts, and settles a lost reply by reading back: the result is Done exactly if this write took effect and is still the newest.
    /// A write that took effect and was overwritten since comes back as a conflict; a caller that must tell these apart keeps
    /// its own ids inside the value (the shard register does).
    /// </summary>
    /// <exception cref="StoreException">
    /// <see cref="StoreErrorKind.Ambiguous"/> when the read-back shows that the write did not arrive yet (it still may: retry with the same
    /// id), or when the read-back itself failed; other kinds as they are.
    /// </exception>
    public static async ValueTask<PutResult> PutSettledAsync(
        this IMetadataStore store, string key, ReadOnlyMemory<byte> value, long expectedVersion, WriteId writeId,
        CancellationToken cancellationToken)
    {
        StoreException ambiguous;
        try
        {
            var result = await store.PutAsync(key, value, expectedVersion, writeId, cancellationToken);
            return Recognise(result, writeId);
        }
        catch (StoreException e) when (e.Kind == StoreErrorKind.Ambiguous)
        {
            ambiguous = e;
        }

        PutResult found;
        try
        {
            found = await FindAsync(store, key, cancellationToken);
        }
        catch (StoreException e) when (e.IsTransient)
        {
            throw new StoreException(StoreErrorKind.Ambiguous,
                $"the outcome of a write to '{key}' is unknown and reading it back failed", e);
        }

        if (found.Version == expectedVersion)
            throw ambiguous; // Not applied yet, but a delayed request still may be.
        return Recognise(found, writeId);
    }

    // What stands at a key, as what would stand in the way of a write.
    private static async ValueTask<PutResult> FindAsync(IMetadataStore store, string key, CancellationToken cancellationToken)
    {
        while (true)
        {
            if (await store.GetAsync(key, cancellationToken) is { } current)
                return PutResult.Conflict(current);
            if (await store.GetVersionAsync(key, cancellationToken) is { Exists: false } absent)
                return PutResult.Absent(absent.Version); // Otherwise it was created between the two reads.
        }
    }

    // A retried put conflicts with its own first attempt when only the reply was lost.
    private static PutResult Recognise(PutResult result, WriteId writeId) =>
        !result.Succeeded && result.Current is { } current && current.WriteId == writeId ? PutResult.Done(current.Version) : result;
}

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
        this IMetadataStore store, string key, ReadOnlyMemory<byte> value, long expectedVersion, WriteId writeId, CancellationToken cancellationToken)
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

        Register? current;
        try
        {
            current = await store.GetAsync(key, cancellationToken);
        }
        catch (StoreException e) when (e.IsTransient)
        {
            throw new StoreException(StoreErrorKind.Ambiguous, $"the outcome of a write to '{key}' is unknown and reading it back failed", e);
        }

        if ((current?.Version ?? 0) == expectedVersion)
            throw ambiguous; // Not applied yet, but a delayed request still may be.
        return Recognise(PutResult.Conflict(current), writeId);
    }

    // A retried put conflicts with its own first attempt when only the reply was lost.
    private static PutResult Recognise(PutResult result, WriteId writeId) =>
        !result.Succeeded && result.Current is { } current && current.WriteId == writeId ? PutResult.Done(current.Version) : result;
}

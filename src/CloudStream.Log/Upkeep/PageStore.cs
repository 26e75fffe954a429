using CloudStream.Log.State;
using CloudStream.Storage;
using CloudStream.Storage.Objects;

namespace CloudStream.Log.Upkeep;

/// <summary>Reads and writes one shard's index pages. Thread-safe.</summary>
internal sealed class PageStore(IObjectStore store, int shard)
{
    /// <summary>Stores a page.</summary>
    public ValueTask PutAsync(ObjectRef reference, IndexPage page, CancellationToken cancellationToken) =>
        store.PutAsync(reference.NameIn(shard), [PageCodec.Encode(page)], cancellationToken);

    /// <summary>Reads a page.</summary>
    /// <exception cref="StoreException"><see cref="StoreErrorKind.NotFound"/>, <see cref="StoreErrorKind.Corrupt"/>, or as the store
    /// fails.</exception>
    public async ValueTask<IndexPage> ReadAsync(ObjectRef reference, CancellationToken cancellationToken)
    {
        var name = reference.NameIn(shard);
        var bytes = new byte[await store.GetSizeAsync(name, cancellationToken)];
        var read = await store.GetRangeAsync(name, 0, bytes, cancellationToken);
        var page = PageCodec.Decode(bytes.AsSpan(0, read));
        return page.Shard == shard
            ? page
            : throw new StoreException(StoreErrorKind.Corrupt, $"the page '{name}' belongs to shard {page.Shard}");
    }
}

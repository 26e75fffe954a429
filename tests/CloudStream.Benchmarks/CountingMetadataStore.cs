using CloudStream.Storage.Metadata;

namespace CloudStream.Benchmarks;

/// <summary>Counts writes to a metadata store.</summary>
internal sealed class CountingMetadataStore(IMetadataStore inner) : IMetadataStore
{
    private long _puts;

    public long Puts => Volatile.Read(ref _puts);

    public ValueTask<Register?> GetAsync(string key, CancellationToken cancellationToken) => inner.GetAsync(key, cancellationToken);

    public ValueTask<RegisterVersion> GetVersionAsync(string key, CancellationToken cancellationToken) =>
        inner.GetVersionAsync(key, cancellationToken);

    public ValueTask<Register?[]> GetRangeAsync(string family, int first, int count, CancellationToken cancellationToken) =>
        inner.GetRangeAsync(family, first, count, cancellationToken);

    public ValueTask<PutResult> PutAsync(
        string key, ReadOnlyMemory<byte> value, long expectedVersion, WriteId writeId, CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _puts);
        return inner.PutAsync(key, value, expectedVersion, writeId, cancellationToken);
    }

    public ValueTask<PutResult> DeleteAsync(string key, long expectedVersion, CancellationToken cancellationToken) =>
        inner.DeleteAsync(key, expectedVersion, cancellationToken);

    public IAsyncEnumerable<Register> ListAsync(string prefix, CancellationToken cancellationToken) =>
        inner.ListAsync(prefix, cancellationToken);
}

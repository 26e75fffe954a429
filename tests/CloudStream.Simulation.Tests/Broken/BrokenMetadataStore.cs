using CloudStream.Log.Options;
using CloudStream.Storage.Metadata;

namespace CloudStream.Simulation.Tests.Broken;

/// <summary>A metadata store of which single calls are replaced.</summary>
internal sealed class BrokenMetadataStore(IMetadataStore inner) : IMetadataStore
{
    public delegate ValueTask<PutResult> Put(IMetadataStore inner, string key, ReadOnlyMemory<byte> value, long expectedVersion,
        WriteId writeId, CancellationToken cancellationToken);

    public delegate ValueTask<Register?> Get(IMetadataStore inner, string key, CancellationToken cancellationToken);

    public delegate ValueTask<RegisterVersion> GetVersion(IMetadataStore inner, string key, CancellationToken cancellationToken);

    public delegate ValueTask<Register?[]> GetRange(IMetadataStore inner, string family, int first, int count,
        CancellationToken cancellationToken);

    public Put? OnPut { get; init; }

    public Get? OnGet { get; init; }

    public GetVersion? OnGetVersion { get; init; }

    public GetRange? OnGetRange { get; init; }

    public ValueTask<Register?> GetAsync(string key, CancellationToken cancellationToken) =>
        OnGet is null ? inner.GetAsync(key, cancellationToken) : OnGet(inner, key, cancellationToken);

    public ValueTask<RegisterVersion> GetVersionAsync(string key, CancellationToken cancellationToken) =>
        OnGetVersion is null ? inner.GetVersionAsync(key, cancellationToken) : OnGetVersion(inner, key, cancellationToken);

    public ValueTask<Register?[]> GetRangeAsync(string family, int first, int count, CancellationToken cancellationToken) =>
        OnGetRange is null
            ? inner.GetRangeAsync(family, first, count, cancellationToken)
            : OnGetRange(inner, family, first, count, cancellationToken);

    public ValueTask<PutResult> PutAsync(
        string key, ReadOnlyMemory<byte> value, long expectedVersion, WriteId writeId, CancellationToken cancellationToken) =>
            OnPut is null || !key.StartsWith(JournalRing.Prefix, StringComparison.Ordinal)
                ? inner.PutAsync(key, value, expectedVersion, writeId, cancellationToken)
                : OnPut(inner, key, value, expectedVersion, writeId, cancellationToken);

    public ValueTask<PutResult> DeleteAsync(string key, long expectedVersion, CancellationToken cancellationToken) =>
        inner.DeleteAsync(key, expectedVersion, cancellationToken);

    public IAsyncEnumerable<Register> ListAsync(string prefix, CancellationToken cancellationToken) =>
        inner.ListAsync(prefix, cancellationToken);
}

using CloudStream.Storage.Contracts;
using CloudStream.Storage.Memory;
using CloudStream.Storage.Metadata;
using CloudStream.Storage.Objects;

namespace CloudStream.Storage.Tests.Memory;

public sealed class MemoryObjectStoreTests : ObjectStoreContract
{
    private readonly MemoryObjectStore _store = new();

    protected override IObjectStore Store => _store;

    protected override IObjectStore SecondStore => _store;

    [Fact]
    public async Task Other_bytes_under_a_used_name_are_invalid()
    {
        await _store.PutAsync("a", [new byte[] { 1 }], CancellationToken.None);
        var failure = await Assert.ThrowsAsync<StoreException>(
            async () => await _store.PutAsync("a", [new byte[] { 2 }], CancellationToken.None));
        Assert.Equal(StoreErrorKind.Invalid, failure.Kind);
    }
}

public sealed class MemoryMetadataStoreTests : MetadataStoreContract
{
    private readonly MemoryMetadataStore _store = new();

    protected override IMetadataStore Store => _store;

    protected override IMetadataStore SecondStore => _store;
}

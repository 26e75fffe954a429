using CloudStream.Storage.Contracts;
using CloudStream.Storage.Metadata;

namespace CloudStream.Storage.Aws.Tests;

public sealed class DynamoMetadataStoreTests : MetadataStoreContract, IAsyncLifetime
{
    private static readonly CancellationToken s_none = CancellationToken.None;
    private AwsStores? _first;
    private AwsStores? _second;

    protected override IMetadataStore Store => _first!.Metadata;

    protected override IMetadataStore SecondStore => _second!.Metadata;

    public async ValueTask InitializeAsync()
    {
        var options = Places.Options(table: await Places.NewTableAsync());
        (_first, _second) = (AwsStores.Open(options), AwsStores.Open(options));
    }

    public ValueTask DisposeAsync()
    {
        _first?.Dispose();
        _second?.Dispose();
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task A_list_holds_what_lies_deeper_in_its_place_among_the_others()
    {
        string[] keys = ["j/0", "j/0/1", "j/0/2", "j/00", "j/a/0/7", "j/b"];
        foreach (var key in keys.Reverse())
            await Store.PutAsync(key, new byte[1], 0, NewWriteId(), s_none);

        Assert.Equal(keys, await SecondStore.ListAsync("j/", s_none).Select(r => r.Key).ToListAsync(s_none));
        Assert.Equal(["j/0/1", "j/0/2"], await SecondStore.ListAsync("j/0/", s_none).Select(r => r.Key).ToListAsync(s_none));
        Assert.Equal(["j/0", "j/0/1", "j/0/2", "j/00"], await Store.ListAsync("j/0", s_none).Select(r => r.Key).ToListAsync(s_none));
    }
}

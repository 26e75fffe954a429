using CloudStream.Storage.Contracts;
using CloudStream.Storage.Objects;

namespace CloudStream.Storage.Aws.Tests;

public sealed class S3ObjectStoreTests : ObjectStoreContract, IAsyncLifetime
{
    private AwsStores? _first;
    private AwsStores? _second;

    protected override IObjectStore Store => _first!.Objects;

    protected override IObjectStore SecondStore => _second!.Objects;

    protected override string? OnlyFileNames => Places.KeepsObjectsAsFiles ? "This server keeps objects as files." : null;

    public async ValueTask InitializeAsync()
    {
        var options = Places.Options(bucket: await Places.NewBucketAsync());
        options.Prefix = "some/where";
        (_first, _second) = (AwsStores.Open(options), AwsStores.Open(options));
    }

    public ValueTask DisposeAsync()
    {
        _first?.Dispose();
        _second?.Dispose();
        return ValueTask.CompletedTask;
    }
}

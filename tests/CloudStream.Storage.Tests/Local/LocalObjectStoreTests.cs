using CloudStream.Storage.Contracts;
using CloudStream.Storage.Local.Objects;
using CloudStream.Storage.Local.Options;
using CloudStream.Storage.Objects;

namespace CloudStream.Storage.Tests.Local;

public sealed class LocalObjectStoreTests : ObjectStoreContract, IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly LocalObjectStore _first;
    private readonly LocalObjectStore _second;

    public LocalObjectStoreTests()
    {
        var options = new LocalStoreOptions { MaxPackedObjectBytes = 100_000, MaxPackEntries = 50, MaxOpenFiles = 8 };
        _first = new LocalObjectStore(_folder.Path, options);
        _second = new LocalObjectStore(_folder.Path, options);
    }

    protected override IObjectStore Store => _first;

    protected override IObjectStore SecondStore => _second;

    public void Dispose()
    {
        _first.Dispose();
        _second.Dispose();
        _folder.Dispose();
    }
}

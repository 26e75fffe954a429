using CloudStream.Storage.Local;
using CloudStream.Storage.Local.Objects;
using CloudStream.Storage.Local.Options;

namespace CloudStream.Storage.Tests.Local;

/// <summary>A folder whose registers are gone is left as it is.</summary>
public sealed class RegistersGoneTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Theory]
    [InlineData(1 << 20)]
    [InlineData(0)]
    public async Task ObjectsWithoutRegistersAreRefusedAndNothingIsMade(int maxPackedBytes)
    {
        var options = new LocalStoreOptions { MaxPackedObjectBytes = maxPackedBytes };
        var data = _folder.File("data");
        using (var stores = LocalStores.Open(data, options))
            await stores.Objects.PutAsync("a", [new byte[1]], CancellationToken.None);
        foreach (var file in Directory.GetFiles(data))
            File.Delete(file);
        File.WriteAllText(Path.Combine(data, "registers.db-wal"), "what a process that was killed had not copied yet");
        var before = Directory.GetFileSystemEntries(data, "*", SearchOption.AllDirectories).Order();

        var failure = Assert.Throws<StoreException>(() => LocalStores.Open(data, options));

        Assert.Equal(StoreErrorKind.Refused, failure.Kind);
        Assert.Contains("no registers.db", failure.Message, StringComparison.Ordinal);
        Assert.Contains("Restore registers.db, or choose another folder", failure.Message, StringComparison.Ordinal);
        Assert.Equal(before, Directory.GetFileSystemEntries(data, "*", SearchOption.AllDirectories).Order());
    }

    [Fact]
    public void FoldersWithNothingOfOursInThemAreTaken()
    {
        foreach (var path in new[] { "notes.txt", "lost+found/x", "objects/packs/0123456789abcdef.lock", "objects/files/readme.txt",
            "objects/tmp/0123" })
        {
            var data = _folder.File(path.Replace('/', '-'));
            Directory.CreateDirectory(Path.GetDirectoryName(Path.Combine(data, path))!);
            File.WriteAllText(Path.Combine(data, path), "x");
            LocalStores.Open(data).Dispose();
            Assert.True(File.Exists(Path.Combine(data, "registers.db")));
        }
    }

    [Fact]
    public void AStartThatWasCutOffBeforeItsDatabaseIsDoneAgain()
    {
        var data = _folder.File("data");
        new LocalObjectStore(Path.Combine(data, "objects"), new LocalStoreOptions()).Dispose();
        LocalStores.Open(data).Dispose();
        Assert.True(File.Exists(Path.Combine(data, "registers.db")));
    }

    public void Dispose() => _folder.Dispose();
}

using CloudStream.Storage.Local.Objects;
using CloudStream.Storage.Local.Options;

namespace CloudStream.Storage.Tests.Local;

public sealed class SharedFolderTests
{
    private static readonly CancellationToken s_none = CancellationToken.None;

    [Fact]
    public async Task Readers_see_an_object_whole_or_not_at_all_while_others_put_delete_and_remove_packs()
    {
        using var folder = new TemporaryFolder();
        var options = new LocalStoreOptions { MaxPackEntries = 7, MaxOpenFiles = 8 };
        var stores = Enumerable.Range(0, 3).Select(_ => new LocalObjectStore(folder.Path, options)).ToArray();

        await Task.WhenAll(Enumerable.Range(0, 6).Select(worker => Task.Run(() => WorkAsync(stores, worker, rounds: 60))));

        Assert.Equal(
            Enumerable.Range(0, 6).SelectMany(worker => Enumerable.Range(58, 2).Select(i => Name(worker, i))).Order(StringComparer.Ordinal),
            await stores[0].ListAsync("", s_none).Select(o => o.Name).ToListAsync());
        foreach (var store in stores)
            store.Dispose();
        Assert.InRange(Directory.GetFiles(folder.File("packs")).Length, 1, 12);

        using var reopened = new LocalObjectStore(folder.Path, options);
        Assert.True(await IsWholeAsync(reopened, 5, 59));
    }

    // Puts one object, deletes the one two rounds back through another store, and reads what others are at.
    private static async Task WorkAsync(LocalObjectStore[] stores, int worker, int rounds)
    {
        var random = new Random(worker);
        for (var i = 0; i < rounds; i++)
        {
            await stores[worker % 3].PutAsync(Name(worker, i), [Bytes(worker, i)], s_none);
            Assert.True(await IsWholeAsync(stores[(worker + i) % 3], worker, i));
            if (i >= 2)
                await stores[i % 3].DeleteAsync([Name(worker, i - 2)], s_none);
            for (var read = 0; read < 4; read++)
                await IsWholeAsync(stores[random.Next(3)], random.Next(6), Math.Max(0, i - random.Next(4)));
        }
    }

    private static async Task<bool> IsWholeAsync(LocalObjectStore store, int worker, int i)
    {
        var expected = Bytes(worker, i);
        var read = new byte[expected.Length - 1]; // Not the whole object, so that no checksum helps.
        try
        {
            Assert.Equal(read.Length, await store.GetRangeAsync(Name(worker, i), 0, read, s_none));
            Assert.Equal(expected[..^1], read);
            return true;
        }
        catch (StoreException e) when (e.Kind == StoreErrorKind.NotFound)
        {
            return false;
        }
    }

    private static string Name(int worker, int i) => $"w{worker}/{i:d3}";

    private static byte[] Bytes(int worker, int i)
    {
        var bytes = new byte[20_000 + (i * 10)];
        new Random((worker * 1000) + i).NextBytes(bytes);
        return bytes;
    }
}

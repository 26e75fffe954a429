using CloudStream.Storage.Local.Files;
using CloudStream.Storage.Local.Objects;
using CloudStream.Storage.Local.Options;
using CloudStream.Storage.Native;
using CloudStream.Storage.Objects;

namespace CloudStream.Storage.Tests.Local;

/// <summary>Parts of objects where they lie in files, and what a deletion may do to them.</summary>
public sealed class ObjectFileTests : IDisposable
{
    private const int MiB = 1024 * 1024;

    private readonly TemporaryFolder _folder = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(MiB, true)]
    [InlineData(MiB, false)]
    [InlineData(20 * MiB, true)]
    public async Task A_part_of_an_object_is_read_through_its_file_and_lies_in_the_page_cache_then(int size, bool direct)
    {
        using var store = new LocalObjectStore(_folder.Path, new LocalStoreOptions { DirectTransfers = direct });
        var bytes = Bytes(1, size);
        await store.PutAsync("before", [Bytes(2, 4321)], Token);
        await store.PutAsync("object", [bytes], Token);

        using IDisposable? opened = await store.OpenFileAsync("object", 777, MiB / 2, Token);

        Assert.SkipWhen(opened is null, "the file system of the temporary folder cannot say what the page cache holds");
        var file = (ObjectFile)opened!;
        await file.PrepareAsync(Token);
        Assert.Equal(bytes[777..(777 + (MiB / 2))], await ReadAsync(file));
        Assert.True(file.IsThere);
        Assert.Equal(1000, file.Slice(5, 1000).Length);
    }

    [Fact]
    public async Task What_is_unknown_or_small_or_reaches_beyond_the_object_has_to_be_read()
    {
        using var store = new LocalObjectStore(_folder.Path, new LocalStoreOptions());
        await store.PutAsync("object", [Bytes(1, MiB)], Token);
        Assert.Null(await store.OpenFileAsync("other", 0, MiB, Token));
        Assert.Null(await store.OpenFileAsync("object", 0, 1000, Token));
        Assert.Null(await store.OpenFileAsync("object", 1, MiB, Token));
    }

    [Fact]
    public async Task A_file_that_was_cut_short_has_to_be_read_which_tells_what_is_missing()
    {
        using var store = new LocalObjectStore(_folder.Path, new LocalStoreOptions { MaxPackedObjectBytes = 0 });
        await store.PutAsync("object", [Bytes(1, MiB)], Token);
        var path = Directory.GetFiles(_folder.Path, "*.object", SearchOption.AllDirectories).Single();
        using (var file = File.Open(path, FileMode.Open))
            file.SetLength(MiB - 1);
        Assert.Null(await store.OpenFileAsync("object", 0, MiB, Token));
    }

    [Fact]
    public async Task A_deleted_object_of_a_pack_is_not_there_any_more_and_one_in_a_file_of_its_own_is_whole_to_the_end()
    {
        using var store = new LocalObjectStore(_folder.Path, new LocalStoreOptions { MaxPackedObjectBytes = MiB });
        await store.PutAsync("packed", [Bytes(1, MiB)], Token);
        await store.PutAsync("neighbour", [Bytes(2, MiB)], Token);
        await store.PutAsync("large", [Bytes(3, 2 * MiB)], Token);
        using IDisposable? packed = await store.OpenFileAsync("packed", 0, MiB, Token);
        using IDisposable? large = await store.OpenFileAsync("large", 0, 2 * MiB, Token);
        Assert.SkipWhen(packed is null, "the file system of the temporary folder cannot say what the page cache holds");

        await store.DeleteAsync(["packed", "large"], Token);

        Assert.False(((ObjectFile)packed!).IsThere);
        Assert.Equal(Bytes(3, 2 * MiB), await ReadAsync((ObjectFile)large!));
        Assert.True(((ObjectFile)large!).IsThere);
    }

    [Fact]
    public async Task What_a_client_has_not_read_yet_does_not_become_zeros_when_its_object_is_deleted_and_the_room_is_given_back_later()
    {
        using var store = new LocalObjectStore(_folder.Path, new LocalStoreOptions());
        const int Size = (900 * 1024) + 333, Count = 12;
        for (var i = 0; i < Count; i++)
            await store.PutAsync($"object-{i}", [Bytes(i, Size)], Token);
        var path = Directory.GetFiles(_folder.Path, "*.pack", SearchOption.AllDirectories).Single();

        // Read from front to back, so that the page cache holds the pack in large folios, which lie across the ends of objects.
        using (var pack = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete))
            PageCache.AreEndsInUse(pack, 0, RandomAccess.GetLength(pack));
        for (var i = 0; i < Count; i++)
            await UseAsync(store, i, Size, static async file => await file.TryScanAsync(new Gathered(), Token));

        for (var i = 1; i < Count - 1; i++)
        {
            await UseAsync(store, i, Size, async file =>
            {
                // The pipe holds the pages as a socket does.
                using var pipe = FilePipe.TryCreate()!;
                var taken = new byte[pipe.Fill(file.Handle, file.Position, Size)];
                Assert.NotEmpty(taken);
                await store.DeleteAsync([$"object-{i}"], Token);
                for (var done = 0; done < taken.Length;)
                    done += pipe.Take(taken.AsSpan(done));
                Assert.Equal(Bytes(i, Size)[..taken.Length], taken);
            });
        }

        await store.DeleteAsync(["object-0"], Token);
        var bytes = await File.ReadAllBytesAsync(path, Token);
        Assert.Equal(new byte[1000], bytes[(Size * 3 / 2)..((Size * 3 / 2) + 1000)]);
        var neighbour = new byte[Size];
        Assert.Equal(Size, await store.GetRangeAsync($"object-{Count - 1}", 0, neighbour, Token));
        Assert.Equal(Bytes(Count - 1, Size), neighbour);
    }

    private static async Task UseAsync(LocalObjectStore store, int i, int size, Func<ObjectFile, Task> use)
    {
        using IDisposable? file = await store.OpenFileAsync($"object-{i}", 0, size, Token);
        Assert.SkipWhen(file is null, "nothing is sent from files here");
        await use((ObjectFile)file!);
    }

    private static async Task<byte[]> ReadAsync(ObjectFile file)
    {
        var gathered = new Gathered();
        Assert.True(await file.TryScanAsync(gathered, Token));
        return [.. gathered.Bytes];
    }

    private sealed class Gathered : IFileScan
    {
        public List<byte> Bytes { get; } = [];

        public bool Add(ReadOnlySpan<byte> bytes)
        {
            Bytes.AddRange(bytes);
            return true;
        }
    }

    private static byte[] Bytes(int seed, int length)
    {
        var bytes = new byte[length];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }
}

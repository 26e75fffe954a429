using CloudStream.Storage.Local.Objects;
using CloudStream.Storage.Local.Options;
using CloudStream.Storage.Objects;

namespace CloudStream.Storage.Tests.Local;

public sealed class PackTests : IDisposable
{
    private static readonly CancellationToken s_none = CancellationToken.None;
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Five_thousand_small_objects_take_a_handful_of_files_and_are_all_there_after_a_restart()
    {
        using (var store = Open())
        {
            await Task.WhenAll(Enumerable.Range(0, 5000).Select(i => store.PutAsync(Name(i), [Bytes(i, 1000)], s_none).AsTask()));
            Assert.InRange(AllFiles().Length, 1, 3);
        }

        using var reopened = Open();
        Assert.Equal(5000, await reopened.ListAsync("", s_none).CountAsync());
        foreach (var i in (int[])[0, 1, 2500, 4999])
            Assert.Equal(Bytes(i, 1000), await ReadAsync(reopened, Name(i)));
        Assert.Single(AllFiles());
    }

    [Fact]
    public async Task A_pack_torn_at_any_byte_of_its_last_entry_keeps_every_earlier_entry_and_takes_new_ones_elsewhere()
    {
        await PutAndCrashAsync(("a", Bytes(1, 300)), ("b", Bytes(2, 0)), ("last", Bytes(3, 40)));
        var whole = await File.ReadAllBytesAsync(Packs().Single());
        var beginOfLast = whole.Length - 40 - 4 - 24;

        for (var length = beginOfLast; length <= whole.Length; length++)
        {
            using var folder = new TemporaryFolder();
            Directory.CreateDirectory(folder.File("packs"));
            await File.WriteAllBytesAsync(Path.Combine(folder.File("packs"), "0123456789abcdef-000000.pack"), whole[..length]);
            using var store = new LocalObjectStore(folder.Path, new LocalStoreOptions());
            Assert.Equal(Bytes(1, 300), await ReadAsync(store, "a"));
            Assert.Equal(length == whole.Length, await ExistsAsync(store, "last"));
            await store.PutAsync("new", [Bytes(4, 10)], s_none);
            await store.DeleteAsync(["a", "b", "last"], s_none);
            Assert.Equal([new ObjectInfo("new", 10)], await store.ListAsync("", s_none).ToListAsync());
            Assert.Single(Directory.GetFiles(folder.File("packs"), "*.pack"));
        }
    }

    [Fact]
    public async Task A_pack_whose_entry_headers_are_damaged_keeps_earlier_entries_and_is_never_removed()
    {
        await PutAndCrashAsync(("a", Bytes(1, 50)), ("b", Bytes(2, 5000)), ("c", Bytes(3, 50)));
        var path = Packs().Single();
        var bytes = await File.ReadAllBytesAsync(path);
        bytes[20480 + 24 + 1 + 50 + 9] ^= 1; // in the header of b
        await File.WriteAllBytesAsync(path, bytes);

        using var store = Open();
        Assert.Equal(Bytes(1, 50), await ReadAsync(store, "a"));
        Assert.False(await ExistsAsync(store, "b"));
        await store.DeleteAsync(["a"], s_none);
        Assert.Equal([path], Packs());
    }

    [Fact]
    public async Task A_flipped_bit_is_found_by_a_read_of_the_whole_object()
    {
        await PutAndCrashAsync(("a", Bytes(1, 50)));
        var bytes = await File.ReadAllBytesAsync(Packs().Single());
        bytes[^20] ^= 4;
        await File.WriteAllBytesAsync(Packs().Single(), bytes);

        using var store = Open();
        Assert.Equal(StoreErrorKind.Corrupt, (await Assert.ThrowsAsync<StoreException>(() => ReadAsync(store, "a"))).Kind);
        Assert.Equal(10, await store.GetRangeAsync("a", 3, new byte[10], s_none));
    }

    [Fact]
    public async Task A_sealed_pack_is_loaded_from_its_index_and_a_damaged_index_is_replaced_by_the_entries_themselves()
    {
        using (var store = Open())
        {
            for (var i = 0; i < 20; i++)
                await store.PutAsync(Name(i), [Bytes(i, 10)], s_none);
            await store.DeleteAsync([Name(7)], s_none);
        }

        var bytes = await File.ReadAllBytesAsync(Packs().Single());
        Assert.Equal("KPSC"u8.ToArray(), bytes[^4..]);
        var damagedEntries = (byte[])bytes.Clone();
        for (var i = 20480; i < 20490; i++)
            damagedEntries[i] ^= 0xff;
        var damagedIndex = (byte[])bytes.Clone();
        damagedIndex[^40] ^= 1;
        foreach (var variant in (byte[][])[damagedEntries, damagedIndex])
        {
            await File.WriteAllBytesAsync(Packs().Single(), variant);
            using var reopened = Open();
            Assert.Equal(19, await reopened.ListAsync("", s_none).CountAsync());
            Assert.False(await ExistsAsync(reopened, Name(7)));
            Assert.Equal(Bytes(19, 10), await ReadAsync(reopened, Name(19)));
        }
    }

    [Fact]
    public async Task A_pack_of_a_newer_release_is_refused()
    {
        await PutAndCrashAsync(("a", Bytes(1, 50)));
        var bytes = await File.ReadAllBytesAsync(Packs().Single());
        bytes[4] = 2;
        BitConverter.TryWriteBytes(bytes.AsSpan(28), CloudStream.Records.Crc32C.Compute(bytes.AsSpan(0, 28)));
        await File.WriteAllBytesAsync(Packs().Single(), bytes);

        using var store = Open();
        Assert.Equal(StoreErrorKind.Refused, (await Assert.ThrowsAsync<StoreException>(() => ReadAsync(store, "a"))).Kind);
    }

    [Fact]
    public async Task Packs_in_which_nothing_lives_disappear_except_the_one_being_written()
    {
        using var store = Open(new LocalStoreOptions { MaxPackEntries = 10 });
        for (var i = 0; i < 35; i++)
            await store.PutAsync(Name(i), [Bytes(i, 10)], s_none);
        Assert.Equal(4, Packs().Length);

        await store.DeleteAsync([.. Enumerable.Range(0, 35).Where(i => i is not (12 or 34)).Select(Name)], s_none);
        Assert.Equal(2, Packs().Length);
        Assert.Equal(Bytes(12, 10), await ReadAsync(store, Name(12)));
        await store.DeleteAsync([Name(12), Name(34)], s_none);
        Assert.Single(Packs());
        await store.PutAsync("later", [Bytes(1, 10)], s_none);
        Assert.Equal(Bytes(1, 10), await ReadAsync(store, "later"));
    }

    [Fact]
    public async Task A_pack_that_another_process_has_emptied_is_removed_when_its_owner_ends_it()
    {
        using var other = Open();
        using (var store = Open(new LocalStoreOptions { MaxPackEntries = 3 }))
        {
            await store.PutAsync("a", [Bytes(1, 10)], s_none);
            await store.PutAsync("b", [Bytes(2, 10)], s_none);
            await other.DeleteAsync(["a", "b"], s_none);
            Assert.Single(Packs());
            await store.PutAsync("c", [Bytes(3, 10)], s_none);
            Assert.Single(Packs());
            await other.DeleteAsync(["c"], s_none);

            // The owner ends the pack when it has answered.
            Assert.True(SpinWait.SpinUntil(() => Packs().Length == 0, TimeSpan.FromSeconds(30)), "The pack is still there.");
        }

        Assert.Empty(AllFiles());
    }

    [Fact]
    public async Task The_pack_of_a_process_that_has_died_is_removed_with_its_lock_once_nothing_lives_in_it()
    {
        await PutAndCrashAsync(("a", Bytes(1, 50)), ("b", Bytes(1, 50)));
        Assert.Equal(2, AllFiles().Length);
        using var store = Open();
        await store.DeleteAsync(["a"], s_none);
        Assert.Single(Packs());
        await store.DeleteAsync(["b"], s_none);
        Assert.Empty(AllFiles());
    }

    [Fact]
    public async Task The_pack_of_a_living_process_is_left_alone_even_when_nothing_lives_in_it()
    {
        using var owner = Open();
        using var other = Open();
        await owner.PutAsync("a", [Bytes(1, 50)], s_none);
        await other.DeleteAsync(["a"], s_none);
        Assert.Equal(0, await other.ListAsync("", s_none).CountAsync());
        await owner.PutAsync("b", [Bytes(2, 50)], s_none);
        Assert.Equal(Bytes(2, 50), await ReadAsync(other, "b"));
    }

    [Fact]
    public async Task A_reader_that_knows_a_pack_which_others_have_removed_says_not_found()
    {
        using var reader = Open();
        using (var store = Open())
        {
            await store.PutAsync("a", [Bytes(1, 50)], s_none);
            await store.PutAsync("b", [Bytes(1, 50)], s_none);
            Assert.True(await ExistsAsync(reader, "a"));
            await store.DeleteAsync(["a", "b"], s_none);
        }

        Assert.Empty(Packs());
        Assert.False(await ExistsAsync(reader, "a"));
        Assert.Equal(StoreErrorKind.NotFound,
            (await Assert.ThrowsAsync<StoreException>(async () => await reader.GetRangeAsync("b", 0, new byte[9], s_none))).Kind);
    }

    [Fact]
    public async Task Deleted_objects_give_their_space_back_before_their_pack_goes()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "holes are punched on Linux only");
        using var store = Open();
        await store.PutAsync("large", [Bytes(1, 4_000_000)], s_none);
        for (var i = 0; i < 1000; i++)
            await store.PutAsync(Name(i), [Bytes(i, 1000)], s_none);
        await store.PutAsync("kept", [Bytes(2, 10)], s_none);
        var before = DiskBytes(Packs().Single());

        await store.DeleteAsync(["large"], s_none);
        Assert.InRange(before - DiskBytes(Packs().Single()), 3_900_000, 4_100_000);

        store.Dispose(); // Seals the pack: now neighbours are given back together.
        using var reopened = Open();
        await reopened.DeleteAsync([.. Enumerable.Range(0, 1000).Select(Name)], s_none);
        Assert.InRange(DiskBytes(Packs().Single()), 0, 200_000);
        Assert.Equal(Bytes(2, 10), await ReadAsync(reopened, "kept"));
    }

    private LocalObjectStore Open(LocalStoreOptions? options = null) => new(_folder.Path, options ?? new LocalStoreOptions());

    private string[] Packs() => Directory.GetFiles(_folder.File("packs"), "*.pack");

    private string[] AllFiles() => Directory.GetFiles(_folder.Path, "*", SearchOption.AllDirectories);

    /// <summary>Leaves the folder as a killed process does: an unsealed pack and a lock file that nobody holds.</summary>
    private async Task PutAndCrashAsync(params (string Name, byte[] Bytes)[] objects)
    {
        using var elsewhere = new TemporaryFolder();
        using var store = new LocalObjectStore(elsewhere.Path, new LocalStoreOptions());
        foreach (var (name, bytes) in objects)
            await store.PutAsync(name, [bytes], s_none);
        Directory.CreateDirectory(_folder.File("packs"));
        foreach (var path in Directory.GetFiles(elsewhere.File("packs")))
        {
            var copy = Path.Combine(_folder.File("packs"), Path.GetFileName(path));
            if (path.EndsWith(".pack", StringComparison.Ordinal))
                File.Copy(path, copy);
            else
                await File.WriteAllBytesAsync(copy, []);
        }
    }

    private static long DiskBytes(string path)
    {
        using var process = System.Diagnostics.Process.Start(
            new System.Diagnostics.ProcessStartInfo("stat", ["-c", "%b", path]) { RedirectStandardOutput = true })!;
        return long.Parse(process.StandardOutput.ReadToEnd()) * 512;
    }

    private static string Name(int i) => $"o/{i:d5}";

    private static byte[] Bytes(int seed, int length)
    {
        var bytes = new byte[length];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }

    private static async Task<byte[]> ReadAsync(LocalObjectStore store, string name)
    {
        var bytes = new byte[await store.GetSizeAsync(name, s_none)];
        Assert.Equal(bytes.Length, await store.GetRangeAsync(name, 0, bytes, s_none));
        return bytes;
    }

    private static async Task<bool> ExistsAsync(LocalObjectStore store, string name)
    {
        try
        {
            await store.GetSizeAsync(name, s_none);
            return true;
        }
        catch (StoreException e) when (e.Kind == StoreErrorKind.NotFound)
        {
            return false;
        }
    }
}

using CloudStream.Storage.Local;
using CloudStream.Storage.Local.Objects;
using CloudStream.Storage.Local.Options;
using CloudStream.Storage.Local.Packs;
using CloudStream.Storage.Objects;

namespace CloudStream.Storage.Tests.Local;

public sealed class AppenderFailureTests : IDisposable
{
    private const int NoSpace = 28;
    private static readonly CancellationToken s_none = CancellationToken.None;
    private readonly TemporaryFolder _folder = new();
    private readonly LocalObjectStore _store;
    private readonly LocalObjectStore _other;
    private PackStep? _failing;

    public AppenderFailureTests()
    {
        _store = new LocalObjectStore(_folder.Path, new LocalStoreOptions { MaxPackEntries = 5 });
        _other = new LocalObjectStore(_folder.Path, new LocalStoreOptions());
        _store.Appender.BeforeStep = Fail;
    }

    public void Dispose()
    {
        _store.Dispose();
        _other.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task A_full_disk_refuses_the_put_loses_nothing_and_later_puts_work()
    {
        await PutAsync("a", 1);
        _failing = PackStep.Append;
        for (var i = 0; i < 5; i++)
            Assert.Equal(StoreErrorKind.NotWritable, await KindAsync(() => PutAsync("b", 2)));
        _failing = PackStep.Create;
        for (var i = 0; i < 5; i++)
            Assert.Equal(StoreErrorKind.NotWritable, await KindAsync(() => PutAsync("b", 2)));
        Assert.Single(Packs()); // Those without an object in them do not pile up.
        _failing = null;
        await PutAsync("b", 2);

        foreach (var store in (LocalObjectStore[])[_store, _other])
        {
            Assert.Equal([1, 1], await ReadAsync(store, "a"));
            Assert.Equal([2, 2], await ReadAsync(store, "b"));
            Assert.Equal(2, await store.ListAsync("", s_none).CountAsync());
        }
    }

    [Theory]
    [InlineData(28, StoreErrorKind.NotWritable, "the disk is full")]
    [InlineData(122, StoreErrorKind.NotWritable, "the disk quota is used up")]
    [InlineData(30, StoreErrorKind.NotWritable, "the disk may only be read")]
    [InlineData(5, StoreErrorKind.Unavailable, null)]
    public async Task What_keeps_packs_from_being_written_is_told_in_words(int code, StoreErrorKind kind, string? condition)
    {
        foreach (var step in new[] { PackStep.Create, PackStep.Append })
        {
            _store.Appender.BeforeStep = (at, _) =>
                throw (at == step ? new IOException("injected", code) : new InvalidOperationException());
            var failure = await Assert.ThrowsAsync<StoreException>(() => PutAsync("b", 2));
            Assert.Equal((kind, condition), (failure.Kind, failure.Condition));
            _store.Appender.BeforeStep = null;
            await PutAsync(step == PackStep.Create ? "c" : "d", 1);
        }
    }

    [Fact]
    public async Task A_failed_fsync_makes_the_put_ambiguous_and_its_repetition_goes_to_a_new_pack()
    {
        await PutAsync("a", 1);
        _failing = PackStep.Flush;
        Assert.Equal(StoreErrorKind.Ambiguous, await KindAsync(() => PutAsync("b", 2)));
        Assert.Equal(StoreErrorKind.NotFound, await KindAsync(() => ReadAsync(_store, "b")));
        _failing = null;

        await PutAsync("b", 2);
        Assert.Equal(2, Packs().Length);
        Assert.Equal([2, 2], await ReadAsync(_other, "b"));
        await _store.DeleteAsync(["b"], s_none);
        Assert.Equal([new ObjectInfo("a", 2)], await _other.ListAsync("", s_none).ToListAsync());
    }

    [Fact]
    public async Task A_reader_that_saw_an_entry_of_a_failed_append_finds_its_repetition()
    {
        await PutAsync("a", 1);
        using var sawIt = new LocalObjectStore(_folder.Path, new LocalStoreOptions());
        _store.Appender.BeforeStep = (step, _) =>
        {
            if (step != PackStep.Flush)
                return;
            Assert.Equal(2, sawIt.GetSizeAsync("b", s_none).AsTask().GetAwaiter().GetResult()); // Written, not yet durable.
            throw new IOException("injected");
        };
        Assert.Equal(StoreErrorKind.Ambiguous, await KindAsync(() => PutAsync("b", 2)));
        _store.Appender.BeforeStep = null;
        await PutAsync("c", 3);
        await PutAsync("b", 2);

        Assert.Equal([2, 2], await ReadAsync(sawIt, "b"));
        Assert.Equal([3, 3], await ReadAsync(sawIt, "c"));
    }

    [Fact]
    public async Task A_delete_by_a_process_that_knows_an_entry_of_a_failed_append_deletes_its_repetition_too()
    {
        await PutAsync("a", 1);
        _store.Appender.BeforeStep = (step, _) =>
        {
            if (step != PackStep.Flush)
                return;
            Assert.Equal(2, _other.GetSizeAsync("b", s_none).AsTask().GetAwaiter().GetResult()); // Written, not yet durable.
            throw new IOException("injected");
        };
        Assert.Equal(StoreErrorKind.Ambiguous, await KindAsync(() => PutAsync("b", 2)));
        _store.Appender.BeforeStep = null;
        await PutAsync("b", 2);

        await _other.DeleteAsync(["b"], s_none);

        foreach (var store in (LocalObjectStore[])[_store, _other])
            Assert.Equal([new ObjectInfo("a", 2)], await store.ListAsync("", s_none).ToListAsync());
    }

    [Fact]
    public async Task A_pack_that_cannot_be_sealed_keeps_its_objects()
    {
        _failing = PackStep.Seal;
        for (var i = 0; i < 7; i++)
            await PutAsync($"o{i}", (byte)i);

        Assert.Equal(7, await _other.ListAsync("", s_none).CountAsync());
        Assert.Equal([3, 3], await ReadAsync(_other, "o3"));
        await _store.DeleteAsync(["o0", "o1", "o2", "o3", "o4"], s_none);
        Assert.Single(Packs());
    }

    [Fact]
    public async Task Other_failures_before_the_fsync_are_unavailable()
    {
        _store.Appender.BeforeStep = (_, _) => throw new IOException("injected", 5);
        Assert.Equal(StoreErrorKind.Unavailable, await KindAsync(() => PutAsync("a", 1)));
    }

    [Fact]
    public async Task A_failed_put_of_a_large_object_leaves_nothing()
    {
        using var store = new LocalObjectStore(_folder.File("large"), new LocalStoreOptions { MaxPackedObjectBytes = 0 });
        Directory.Delete(_folder.File("large/tmp"));
        Assert.Equal(StoreErrorKind.Unavailable, await KindAsync(async () => await store.PutAsync("a", [new byte[1]], s_none)));
        Directory.CreateDirectory(_folder.File("large/tmp"));
        await File.WriteAllBytesAsync(_folder.File("large/tmp/crashed"), [1]);
        using var next = new LocalObjectStore(_folder.File("large"), new LocalStoreOptions { MaxPackedObjectBytes = 0 });
        await next.PutAsync("a", [new byte[1]], s_none);

        Assert.Empty(Directory.GetFiles(_folder.File("large/tmp"))); // What a crash left is cleared away.
        Assert.Equal(StoreErrorKind.Invalid, await KindAsync(async () => await next.PutAsync("a", [new byte[2]], s_none)));
        Assert.Equal(1, await store.GetSizeAsync("a", s_none));
    }

    [Fact]
    public async Task Other_bytes_under_a_used_name_are_invalid_and_a_closed_store_is_unavailable()
    {
        await PutAsync("a", 1);
        Assert.Equal(StoreErrorKind.Invalid, await KindAsync(() => PutAsync("a", 2)));
        _store.Dispose();
        Assert.Equal(StoreErrorKind.Unavailable, await KindAsync(() => PutAsync("b", 2)));
        Assert.Equal(StoreErrorKind.Unavailable, await KindAsync(async () => await _store.GetSizeAsync("a", s_none)));
        Assert.Equal(StoreErrorKind.Unavailable, await KindAsync(async () => await _store.GetRangeAsync("a", 0, new byte[1], s_none)));
    }

    [Fact]
    public void Options_out_of_range_are_refused_by_name()
    {
        var failure = Assert.Throws<ArgumentOutOfRangeException>(
            () => LocalStores.Open(_folder.File("x"), new LocalStoreOptions { MaxPackEntries = 0 }));
        Assert.Equal("MaxPackEntries", failure.ParamName);
    }

    [Fact]
    public async Task One_folder_holds_both_stores()
    {
        using (var stores = LocalStores.Open(_folder.File("both")))
        {
            await stores.Objects.PutAsync("a", [new byte[3]], s_none);
            await stores.Metadata.PutAsync("t/a", new byte[4], 0, default, s_none);
        }

        using var again = LocalStores.Open(_folder.File("both"));
        Assert.Equal(3, await again.Objects.GetSizeAsync("a", s_none));
        Assert.Equal(4, (await again.Metadata.GetAsync("t/a", s_none))!.Value.Length);
        Assert.True(File.Exists(_folder.File("both/registers.db")));
    }

    private void Fail(PackStep step, string path)
    {
        if (step != _failing)
            return;
        if (step == PackStep.Append)
        {
            // A write that ran out of space part of the way.
            using var file = new FileStream(path, FileMode.Append, FileAccess.Write, FileShare.ReadWrite);
            file.Write("CSPE torn"u8);
        }

        throw new IOException("injected", NoSpace);
    }

    private string[] Packs() => Directory.GetFiles(_folder.File("packs"), "*.pack");

    private Task PutAsync(string name, byte value) => _store.PutAsync(name, [new[] { value, value }], s_none).AsTask();

    private static async Task<byte[]> ReadAsync(LocalObjectStore store, string name)
    {
        var bytes = new byte[await store.GetSizeAsync(name, s_none)];
        Assert.Equal(bytes.Length, await store.GetRangeAsync(name, 0, bytes, s_none));
        return bytes;
    }

    private static async Task<StoreErrorKind> KindAsync(Func<Task> call) => (await Assert.ThrowsAsync<StoreException>(call)).Kind;
}

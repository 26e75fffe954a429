using CloudStream.Storage.Objects;

namespace CloudStream.Storage.Contracts;

/// <summary>What every object store must do. A back end derives from this and says how to open two stores over the same objects.</summary>
public abstract class ObjectStoreContract
{
    private static readonly CancellationToken s_none = CancellationToken.None;

    /// <summary>The store under test.</summary>
    protected abstract IObjectStore Store { get; }

    /// <summary>Another store over the same objects, as a second process would open it.</summary>
    protected abstract IObjectStore SecondStore { get; }

    /// <summary>Put before every name, for stores that tests share.</summary>
    protected virtual string NamePrefix => "";

    /// <summary>
    /// Why names that begin another, or are longer than a file's name, cannot be tried; null where they can: some servers keep objects as
    /// files. Ours are neither.
    /// </summary>
    protected virtual string? OnlyFileNames => null;

    /// <summary>An object that the back end regards as large.</summary>
    protected virtual int LargeBytes => 300_000;

    [Fact]
    public async Task An_object_reads_back_as_its_pieces_in_order()
    {
        await Store.PutAsync(Name("a/1"), [new byte[] { 1, 2 }, ReadOnlyMemory<byte>.Empty, new byte[] { 3 }], s_none);

        Assert.Equal(3, await Store.GetSizeAsync(Name("a/1"), s_none));
        Assert.Equal([1, 2, 3], await ReadAllAsync(Store, "a/1"));
        Assert.Equal([1, 2, 3], await ReadAllAsync(SecondStore, "a/1"));
    }

    [Fact]
    public async Task An_empty_object_is_an_object()
    {
        await Store.PutAsync(Name("a/none"), [], s_none);
        await Store.PutAsync(Name("a/empty"), [ReadOnlyMemory<byte>.Empty], s_none);

        Assert.Equal(0, await SecondStore.GetSizeAsync(Name("a/none"), s_none));
        Assert.Equal(0, await Store.GetRangeAsync(Name("a/empty"), 0, new byte[4], s_none));
        Assert.Equal(2, await SecondStore.ListAsync(Name("a/"), s_none).CountAsync());
    }

    [Fact]
    public async Task A_large_object_of_many_pieces_reads_back_whole()
    {
        var bytes = Pattern(LargeBytes, 7);
        var pieces = Enumerable.Range(0, (bytes.Length + 99) / 100).Select(
            i => new ReadOnlyMemory<byte>(bytes, i * 100, Math.Min(100, bytes.Length - (i * 100)))).ToArray();
        await Store.PutAsync(Name("a/large"), pieces, s_none);

        Assert.Equal(bytes.Length, await SecondStore.GetSizeAsync(Name("a/large"), s_none));
        Assert.Equal(bytes, await ReadAllAsync(SecondStore, "a/large"));
    }

    [Theory]
    [InlineData(0, 4, new byte[] { 10, 11, 12, 13 })]
    [InlineData(2, 3, new byte[] { 12, 13, 14 })]
    [InlineData(3, 10, new byte[] { 13, 14 })]
    [InlineData(4, 1, new byte[] { 14 })]
    [InlineData(5, 4, new byte[] { })]
    [InlineData(9_000_000_000, 4, new byte[] { })]
    [InlineData(1, 0, new byte[] { })]
    public async Task A_range_is_cut_at_the_end_of_its_object(long position, int length, byte[] expected)
    {
        await PutAsync(Store, "a/before", [1, 1, 1]);
        await PutAsync(Store, "a/1", [10, 11, 12, 13, 14]);
        await PutAsync(Store, "a/after", [2, 2, 2]);
        var destination = new byte[length];

        var count = await Store.GetRangeAsync(Name("a/1"), position, destination, s_none);

        Assert.Equal(expected.Length, count);
        Assert.Equal(expected, destination[..count]);
    }

    [Fact]
    public async Task A_range_that_begins_before_its_object_is_invalid()
    {
        await PutAsync(Store, "a/1", [1]);
        await FailsAsync(StoreErrorKind.Invalid, async () => await Store.GetRangeAsync(Name("a/1"), -1, new byte[1], s_none));
    }

    [Fact]
    public async Task What_does_not_exist_is_not_found()
    {
        await FailsAsync(StoreErrorKind.NotFound, async () => await Store.GetSizeAsync(Name("a/none"), s_none));
        await FailsAsync(StoreErrorKind.NotFound, async () => await Store.GetRangeAsync(Name("a/none"), 0, new byte[1], s_none));
        await PutAsync(Store, "a/none/really", [1]);
        await FailsAsync(StoreErrorKind.NotFound, async () => await Store.GetSizeAsync(Name("a/none"), s_none));
    }

    [Fact]
    public async Task A_name_may_be_the_beginning_of_another()
    {
        Assert.SkipWhen(OnlyFileNames is not null, OnlyFileNames ?? "");
        await PutAsync(Store, "a", [1]);
        await PutAsync(Store, "a/b", [2]);
        await Store.PutAsync(Name("b"), [Pattern(LargeBytes, 1)], s_none);
        await Store.PutAsync(Name("b/c"), [Pattern(LargeBytes, 2)], s_none);

        Assert.Equal([1], await ReadAllAsync(SecondStore, "a"));
        Assert.Equal([2], await ReadAllAsync(SecondStore, "a/b"));
        Assert.Equal(Pattern(LargeBytes, 1), await ReadAllAsync(SecondStore, "b"));
        Assert.Equal(Pattern(LargeBytes, 2), await ReadAllAsync(SecondStore, "b/c"));
    }

    [Fact]
    public async Task Putting_the_same_bytes_again_changes_nothing()
    {
        foreach (var store in (IObjectStore[])[Store, Store, SecondStore])
        {
            await PutAsync(store, "a/1", [1, 2, 3]);
            await store.PutAsync(Name("a/large"), [Pattern(LargeBytes, 3)], s_none);
        }

        Assert.Equal([1, 2, 3], await ReadAllAsync(SecondStore, "a/1"));
        Assert.Equal(Pattern(LargeBytes, 3), await ReadAllAsync(Store, "a/large"));
        Assert.Equal([new(Name("a/1"), 3), new(Name("a/large"), LargeBytes)], await Store.ListAsync(Name("a/"), s_none).ToListAsync());
        await Store.DeleteAsync([Name("a/1"), Name("a/large")], s_none);
        Assert.Equal(0, await SecondStore.ListAsync(Name("a/"), s_none).CountAsync());
        Assert.Equal(0, await Store.ListAsync(Name("a/"), s_none).CountAsync());
        await FailsAsync(StoreErrorKind.NotFound, async () => await Store.GetSizeAsync(Name("a/1"), s_none));
    }

    [Fact]
    public async Task The_bytes_may_be_changed_once_the_put_has_completed()
    {
        byte[] buffer = [1, 2, 3];
        await PutAsync(Store, "a/1", buffer);
        buffer.AsSpan().Clear();
        Assert.Equal([1, 2, 3], await ReadAllAsync(Store, "a/1"));
    }

    [Fact]
    public async Task A_list_returns_names_of_its_prefix_in_ordinal_order_with_sizes()
    {
        await PutAsync(Store, "l/b", [1]);
        await PutAsync(SecondStore, "l/a.b", [1, 2]);
        await Store.PutAsync(Name("l/a-large"), [Pattern(LargeBytes, 1)], s_none);
        await PutAsync(Store, "l/a", [1, 2, 3]);
        await PutAsync(Store, "lx/a", [1]);
        await PutAsync(Store, "k", [1]);

        Assert.Equal(
            [new(Name("l/a"), 3), new(Name("l/a-large"), LargeBytes), new(Name("l/a.b"), 2), new(Name("l/b"), 1)],
            await Store.ListAsync(Name("l/"), s_none).ToListAsync());
        Assert.Equal([Name("l/a"), Name("l/a-large"), Name("l/a.b")],
            await SecondStore.ListAsync(Name("l/a"), s_none).Select(o => o.Name).ToListAsync());
        Assert.Equal(6, await SecondStore.ListAsync(NamePrefix, s_none).CountAsync());
        Assert.Equal(0, await Store.ListAsync(Name("l/c"), s_none).CountAsync());
    }

    [Fact]
    public async Task A_list_is_complete_when_it_is_long()
    {
        await Task.WhenAll(Enumerable.Range(0, 1100).Select(i => PutAsync(i % 2 == 0 ? Store : SecondStore, $"many/{i:d4}", [1]).AsTask()));

        Assert.Equal(
            Enumerable.Range(0, 1100).Select(i => Name($"many/{i:d4}")),
            await Store.ListAsync(Name("many/"), s_none).Select(o => o.Name).ToListAsync());
    }

    [Fact]
    public async Task Deleted_objects_are_gone_on_every_store_and_others_stay()
    {
        foreach (var name in (string[])["d/1", "d/2", "d/3"])
            await PutAsync(Store, name, [1]);
        await Store.PutAsync(Name("d/large"), [Pattern(LargeBytes, 1)], s_none);
        Assert.Equal([1], await ReadAllAsync(SecondStore, "d/1"));
        Assert.Equal(LargeBytes, (await ReadAllAsync(SecondStore, "d/large")).Length);

        await Store.DeleteAsync([Name("d/1"), Name("d/3"), Name("d/large")], s_none);

        foreach (var store in (IObjectStore[])[Store, SecondStore])
        {
            await FailsAsync(StoreErrorKind.NotFound, async () => await store.GetSizeAsync(Name("d/1"), s_none));
            await FailsAsync(StoreErrorKind.NotFound, async () => await store.GetRangeAsync(Name("d/large"), 0, new byte[1], s_none));
            await FailsAsync(StoreErrorKind.NotFound, async () => await store.GetRangeAsync(Name("d/3"), 0, new byte[1], s_none));
            Assert.Equal([new(Name("d/2"), 1)], await store.ListAsync(Name("d/"), s_none).ToListAsync());
        }

        Assert.Equal([1], await ReadAllAsync(Store, "d/2"));
    }

    [Fact]
    public async Task Any_store_may_delete_what_another_has_put()
    {
        await PutAsync(Store, "d/1", [1]);
        Assert.Equal([1], await ReadAllAsync(Store, "d/1"));

        await SecondStore.DeleteAsync([Name("d/1")], s_none);

        await FailsAsync(StoreErrorKind.NotFound, async () => await Store.GetSizeAsync(Name("d/1"), s_none));
        await FailsAsync(StoreErrorKind.NotFound, async () => await Store.GetRangeAsync(Name("d/1"), 0, new byte[1], s_none));
    }

    [Fact]
    public async Task Deleting_what_does_not_exist_is_no_error()
    {
        await PutAsync(Store, "d/1", [1]);
        await Store.DeleteAsync([Name("d/none"), Name("d/1"), Name("d/1")], s_none);
        await Store.DeleteAsync([Name("d/1")], s_none);
        await Store.DeleteAsync([], s_none);
        Assert.Equal(0, await Store.ListAsync(Name("d/"), s_none).CountAsync());
    }

    [Fact]
    public async Task Puts_and_reads_of_many_tasks_do_not_disturb_each_other()
    {
        await Task.WhenAll(Enumerable.Range(0, 8).Select(task => Task.Run(async () =>
        {
            for (var i = 0; i < 25; i++)
            {
                var store = (task + i) % 2 == 0 ? Store : SecondStore;
                await store.PutAsync(Name($"c/{task}-{i}"), [Pattern(1000 + i, task)], s_none);
                Assert.Equal(Pattern(1000 + i, task), await ReadAllAsync(i % 3 == 0 ? Store : SecondStore, $"c/{task}-{i}"));
            }
        })));

        Assert.Equal(200, await Store.ListAsync(Name("c/"), s_none).CountAsync());
    }

    [Theory]
    [InlineData("")]
    [InlineData("/a")]
    [InlineData("a/")]
    [InlineData("a//b")]
    [InlineData("a/../b")]
    [InlineData("A")]
    [InlineData("a b")]
    [InlineData("a~b")]
    [InlineData("ä")]
    public async Task A_malformed_name_is_invalid(string name)
    {
        await FailsAsync(StoreErrorKind.Invalid, async () => await Store.PutAsync(name, [new byte[1]], s_none));
        await FailsAsync(StoreErrorKind.Invalid, async () => await Store.GetSizeAsync(name, s_none));
        await FailsAsync(StoreErrorKind.Invalid, async () => await Store.GetRangeAsync(name, 0, new byte[1], s_none));
        await FailsAsync(StoreErrorKind.Invalid, async () => await Store.DeleteAsync([name], s_none));
    }

    [Theory]
    [InlineData(10)]
    [InlineData(0)]
    public async Task The_longest_name_is_512_characters(int atLeast)
    {
        Assert.SkipWhen(OnlyFileNames is not null, OnlyFileNames ?? "");
        var bytes = Pattern(atLeast == 0 ? LargeBytes : atLeast, 5);
        var longest = Name("n/").PadRight(512, 'x');
        await Store.PutAsync(longest, [bytes], s_none);

        Assert.Equal(bytes.Length, await SecondStore.GetSizeAsync(longest, s_none));
        Assert.Equal([new(longest, bytes.Length)], await Store.ListAsync(Name("n/"), s_none).ToListAsync());
        await FailsAsync(StoreErrorKind.Invalid, async () => await Store.PutAsync(longest + "x", [bytes], s_none));
    }

    [Fact]
    public async Task A_call_that_is_cancelled_before_it_begins_changes_nothing()
    {
        var cancelled = new CancellationToken(canceled: true);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await Store.PutAsync(Name("a/1"), [new byte[1]], cancelled));
        await FailsAsync(StoreErrorKind.NotFound, async () => await Store.GetSizeAsync(Name("a/1"), s_none));
    }

    /// <summary>The name that a test uses in the store.</summary>
    protected string Name(string name) => NamePrefix + name;

    /// <summary>Bytes that differ from those of another seed.</summary>
    protected static byte[] Pattern(int length, int seed)
    {
        var bytes = new byte[length];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }

    private ValueTask PutAsync(IObjectStore store, string name, byte[] bytes) => store.PutAsync(Name(name), [bytes], s_none);

    private async Task<byte[]> ReadAllAsync(IObjectStore store, string name)
    {
        var bytes = new byte[await store.GetSizeAsync(Name(name), s_none)];
        Assert.Equal(bytes.Length, await store.GetRangeAsync(Name(name), 0, bytes, s_none));
        return bytes;
    }

    private static async Task FailsAsync(StoreErrorKind kind, Func<Task> call) =>
        Assert.Equal(kind, (await Assert.ThrowsAsync<StoreException>(call)).Kind);
}

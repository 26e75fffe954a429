using CloudStream.Storage.Metadata;

namespace CloudStream.Storage.Contracts;

/// <summary>
/// What every metadata store must do. A back end derives from this and says how to open two stores over the same registers.
/// </summary>
public abstract class MetadataStoreContract
{
    private static readonly CancellationToken s_none = CancellationToken.None;
    private static readonly string[] s_foundInOrder = ["topics/A", "topics/a", "topics/a.b", "topics/b"];
    private int _writes;

    /// <summary>The store under test.</summary>
    protected abstract IMetadataStore Store { get; }

    /// <summary>Another store over the same registers, as a second process would open it.</summary>
    protected abstract IMetadataStore SecondStore { get; }

    /// <summary>
    /// Whether a key of an earlier test run may still exist in the store (a shared emulator): then keys carry this prefix.
    /// </summary>
    protected virtual string KeyPrefix => "";

    [Fact]
    public async Task A_register_that_was_never_written_reads_as_null() =>
        Assert.Null(await Store.GetAsync(Key("t/none"), s_none));

    [Fact]
    public async Task A_created_register_has_version_1_its_value_and_its_write_id()
    {
        var result = await Store.PutAsync(
            Key("t/a"), new byte[] { 1, 2, 3 }, 0, new WriteId(0xfedcba9876543210, 0x8000000000000001), s_none);

        Assert.True(result.Succeeded);
        Assert.Equal(1, result.Version);
        var read = await SecondStore.GetAsync(Key("t/a"), s_none);
        Assert.NotNull(read);
        Assert.Equal(Key("t/a"), read.Key);
        Assert.Equal(new byte[] { 1, 2, 3 }, read.Value.ToArray());
        Assert.Equal(1, read.Version);
        Assert.Equal(new WriteId(0xfedcba9876543210, 0x8000000000000001), read.WriteId);
    }

    [Fact]
    public async Task Each_change_adds_one_to_the_version()
    {
        await PutAsync("t/a", [1], 0);
        Assert.Equal(2, (await PutAsync("t/a", [2], 1)).Version);
        Assert.Equal(3, (await PutAsync("t/a", [3], 2)).Version);
        Assert.Equal(new byte[] { 3 }, (await Store.GetAsync(Key("t/a"), s_none))!.Value.ToArray());
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(3)]
    public async Task A_put_with_a_stale_version_changes_nothing_and_returns_the_current_register(long expected)
    {
        await PutAsync("t/a", [1], 0);
        await PutAsync("t/a", [2], 1);

        var result = await PutAsync("t/a", [9], expected);

        Assert.False(result.Succeeded);
        Assert.Equal(2, result.Version);
        Assert.Equal(new byte[] { 2 }, result.Current!.Value.ToArray());
        Assert.Equal(2, result.Current.Version);
        Assert.Equal(2, (await Store.GetAsync(Key("t/a"), s_none))!.Version);
    }

    [Fact]
    public async Task A_put_that_expects_a_register_where_there_is_none_conflicts_with_nothing()
    {
        var result = await PutAsync("t/a", [9], 4);

        Assert.False(result.Succeeded);
        Assert.Equal(0, result.Version);
        Assert.Null(result.Current);
    }

    [Fact]
    public async Task An_empty_value_is_a_value()
    {
        await PutAsync("t/a", [], 0);
        Assert.Equal(0, (await SecondStore.GetAsync(Key("t/a"), s_none))!.Value.Length);
    }

    [Fact]
    public async Task A_value_of_the_largest_size_is_stored_and_one_byte_more_is_invalid()
    {
        var largest = new byte[358400];
        largest[^1] = 77;
        await PutAsync("t/a", largest, 0);
        Assert.Equal(largest, (await Store.GetAsync(Key("t/a"), s_none))!.Value.ToArray());

        await FailsAsync(StoreErrorKind.Invalid, () => PutAsync("t/b", new byte[358401], 0));
        Assert.Null(await Store.GetAsync(Key("t/b"), s_none));
    }

    [Fact]
    public async Task A_value_is_copied_so_that_its_buffer_may_be_used_again()
    {
        byte[] buffer = [1, 2, 3];
        await PutAsync("t/a", buffer, 0);
        buffer.AsSpan().Clear();
        Assert.Equal(new byte[] { 1, 2, 3 }, (await Store.GetAsync(Key("t/a"), s_none))!.Value.ToArray());
    }

    [Fact]
    public async Task A_deleted_register_reads_as_null_and_its_delete_took_a_version()
    {
        await PutAsync("t/a", [1], 0);

        var result = await Store.DeleteAsync(Key("t/a"), 1, s_none);

        Assert.True(result.Succeeded);
        Assert.Equal(2, result.Version);
        Assert.Null(await SecondStore.GetAsync(Key("t/a"), s_none));
    }

    [Fact]
    public async Task A_delete_with_a_stale_version_changes_nothing_and_returns_the_current_register()
    {
        await PutAsync("t/a", [1], 0);
        await PutAsync("t/a", [2], 1);

        var result = await Store.DeleteAsync(Key("t/a"), 1, s_none);

        Assert.False(result.Succeeded);
        Assert.Equal(2, result.Current!.Version);
        Assert.NotNull(await Store.GetAsync(Key("t/a"), s_none));
    }

    [Fact]
    public async Task A_delete_of_what_does_not_exist_conflicts_with_nothing()
    {
        var never = await Store.DeleteAsync(Key("t/a"), 1, s_none);
        Assert.False(never.Succeeded);
        Assert.Null(never.Current);

        await PutAsync("t/a", [1], 0);
        await Store.DeleteAsync(Key("t/a"), 1, s_none);
        var again = await Store.DeleteAsync(Key("t/a"), 2, s_none);
        Assert.False(again.Succeeded);
        Assert.Null(again.Current);
    }

    [Fact]
    public async Task Versions_go_on_upwards_across_a_delete_so_that_an_old_expectation_cannot_hit_the_new_register()
    {
        for (var version = 0; version < 7; version++)
            await PutAsync("t/a", [(byte)version], version);
        await Store.DeleteAsync(Key("t/a"), 7, s_none);

        Assert.Equal(9, (await PutAsync("t/a", [42], 8)).Version);
        foreach (var old in (long[])[0, 1, 7, 8])
            Assert.False((await PutAsync("t/a", [13], old)).Succeeded);
        Assert.Equal(new byte[] { 42 }, (await Store.GetAsync(Key("t/a"), s_none))!.Value.ToArray());
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(3)]
    public async Task A_register_that_was_deleted_is_created_again_only_from_the_version_of_its_tombstone(long stale)
    {
        await PutAsync("t/a", [1], 0);
        await Store.DeleteAsync(Key("t/a"), 1, s_none);

        var refused = await PutAsync("t/a", [9], stale);
        Assert.False(refused.Succeeded);
        Assert.Null(refused.Current);
        Assert.Equal(2, refused.Version);
        Assert.Null(await Store.GetAsync(Key("t/a"), s_none));
        Assert.Equal(3, (await PutAsync("t/a", [2], 2)).Version);
    }

    [Fact]
    public async Task A_late_creation_does_not_hit_a_key_that_was_created_and_deleted_meanwhile()
    {
        await PutAsync("t/a", [1], 0);
        await Store.DeleteAsync(Key("t/a"), 1, s_none);
        await PutAsync("t/a", [2], 2);
        await Store.DeleteAsync(Key("t/a"), 3, s_none);

        Assert.Equal(4, (await PutAsync("t/a", [9], 0)).Version);
        Assert.Equal(4, (await PutAsync("t/a", [9], 2)).Version);
        Assert.Null(await SecondStore.GetAsync(Key("t/a"), s_none));
    }

    [Fact]
    public async Task The_version_of_a_key_tells_how_far_its_history_has_come_and_whether_anything_is_there()
    {
        Assert.Equal(new RegisterVersion(0, Exists: false), await Store.GetVersionAsync(Key("t/a"), s_none));
        await PutAsync("t/a", [], 0);
        Assert.Equal(new RegisterVersion(1, Exists: true), await SecondStore.GetVersionAsync(Key("t/a"), s_none));
        await PutAsync("t/a", [1], 1);
        Assert.Equal(new RegisterVersion(2, Exists: true), await SecondStore.GetVersionAsync(Key("t/a"), s_none));
        await Store.DeleteAsync(Key("t/a"), 2, s_none);
        Assert.Equal(new RegisterVersion(3, Exists: false), await SecondStore.GetVersionAsync(Key("t/a"), s_none));
        await FailsAsync(StoreErrorKind.Invalid, () => Store.GetVersionAsync("no key", s_none));
    }

    [Fact]
    public async Task A_range_holds_the_registers_of_its_slots_each_at_its_place_and_nothing_else()
    {
        foreach (var key in (string[])
            ["t/ring/0003", "t/ring/0004", "t/ring/0006", "t/ring/0007", "t/ring/00041", "t/ring2/0005", "t/ring"])
            await PutAsync(key, [(byte)key.Length, (byte)key[^1]], 0);
        await PutAsync("t/ring/0006", [6], 1);
        await Store.DeleteAsync(Key("t/ring/0004"), 1, s_none);

        var found = await SecondStore.GetRangeAsync(Key("t/ring/"), 3, 4, s_none);

        Assert.Equal([Key("t/ring/0003"), null, null, Key("t/ring/0006")], found.Select(r => r?.Key));
        Assert.Equal((1, 2), (found[0]!.Version, found[3]!.Version));
        Assert.Equal(new byte[] { 6 }, found[3]!.Value.ToArray());
        Assert.Equal((await Store.GetAsync(Key("t/ring/0006"), s_none))!.WriteId, found[3]!.WriteId);
        Assert.All(await Store.GetRangeAsync(Key("t/ring/"), 9998, 2, s_none), Assert.Null);
        Assert.Equal([Key("t/ring/0007")], (await Store.GetRangeAsync(Key("t/ring/"), 7, 1, s_none)).Select(r => r?.Key));
    }

    [Fact]
    public async Task A_long_range_is_complete_and_sees_every_write_that_was_answered_before_it_began()
    {
        await Task.WhenAll(Enumerable.Range(0, 1024).Select(i => PutAsync($"ring/{i:d4}", BitConverter.GetBytes(i), 0).AsTask()));
        for (var i = 0; i < 40; i++)
        {
            await PutAsync($"ring/{25 * i:d4}", [(byte)i], 1);
            Assert.Equal((byte)i, (await SecondStore.GetRangeAsync(Key("ring/"), 25 * i, 3, s_none))[0]!.Value.Span[0]);
        }

        var all = await SecondStore.GetRangeAsync(Key("ring/"), 0, 1024, s_none);

        Assert.Equal(Enumerable.Range(0, 1024).Select(i => Key($"ring/{i:d4}")), all.Select(r => r!.Key));
        Assert.Equal(Enumerable.Range(0, 1024).Select(i => i % 25 == 0 && i < 1000 ? 2L : 1L), all.Select(r => r!.Version));
    }

    [Theory]
    [InlineData("t/ring", 0, 1)]
    [InlineData("ring", 0, 1)]
    [InlineData("t/ä/", 0, 1)]
    [InlineData("t/ring/", -1, 1)]
    [InlineData("t/ring/", 0, 0)]
    [InlineData("t/ring/", 9999, 2)]
    [InlineData("t/ring/", 1, int.MaxValue)]
    public async Task A_range_of_no_family_and_slots_that_there_are_not_are_invalid(string family, int first, int count) =>
        await FailsAsync(StoreErrorKind.Invalid, () => Store.GetRangeAsync(family, first, count, s_none));

    [Fact]
    public async Task A_list_returns_the_registers_of_its_prefix_in_ordinal_order_without_deleted_ones()
    {
        foreach (var key in (string[])["topics/b", "topics/a.b", "topics/A", "topics/gone", "topics/a", "topicsx/a", "shards/1"])
            await PutAsync(key, [1], 0);
        await Store.DeleteAsync(Key("topics/gone"), 1, s_none);

        var found = await SecondStore.ListAsync(Key("topics/"), s_none).ToListAsync();

        Assert.Equal(s_foundInOrder.Select(Key), found.Select(register => register.Key));
        Assert.All(found, register => Assert.Equal(1, register.Version));
    }

    [Fact]
    public async Task A_list_is_complete_when_it_is_long()
    {
        await Task.WhenAll(Enumerable.Range(0, 700).Select(i => PutAsync($"many/{i:d4}", new byte[100], 0).AsTask()));

        var found = await Store.ListAsync(Key("many/"), s_none).Select(register => register.Key).ToListAsync();

        Assert.Equal(Enumerable.Range(0, 700).Select(i => Key($"many/{i:d4}")), found);
    }

    [Fact]
    public async Task A_list_may_be_left_half_way_and_writes_go_on_while_it_runs()
    {
        for (var i = 0; i < 20; i++)
            await PutAsync($"half/{i:d2}", [1], 0);
        await foreach (var register in Store.ListAsync(Key("half/"), s_none))
        {
            await PutAsync("half/00", [2], (await Store.GetAsync(Key("half/00"), s_none))!.Version);
            if (register.Key == Key("half/03"))
                break;
        }

        Assert.Equal(5, (await Store.GetAsync(Key("half/00"), s_none))!.Version);
    }

    [Theory]
    [InlineData("")]
    [InlineData("topics/a b")]
    [InlineData("topics/ä")]
    [InlineData("topics/a%")]
    [InlineData("topics/a\0")]
    public async Task A_malformed_key_is_invalid(string key)
    {
        await FailsAsync(StoreErrorKind.Invalid, () => Store.GetAsync(key, s_none));
        await FailsAsync(StoreErrorKind.Invalid, () => Store.PutAsync(key, new byte[1], 0, NewWriteId(), s_none));
        await FailsAsync(StoreErrorKind.Invalid, () => Store.DeleteAsync(key, 1, s_none));
    }

    [Fact]
    public async Task The_longest_key_is_512_characters()
    {
        var longest = Key("t/").PadRight(512, 'x');
        Assert.True((await Store.PutAsync(longest, new byte[1], 0, NewWriteId(), s_none)).Succeeded);
        Assert.Equal(longest, (await Store.GetAsync(longest, s_none))!.Key);
        await FailsAsync(StoreErrorKind.Invalid, () => Store.PutAsync(longest + "x", new byte[1], 0, NewWriteId(), s_none));
    }

    [Fact]
    public async Task Impossible_expectations_and_prefixes_without_a_family_are_invalid()
    {
        await FailsAsync(StoreErrorKind.Invalid, () => PutAsync("t/a", [1], -1));
        await FailsAsync(StoreErrorKind.Invalid, () => Store.DeleteAsync(Key("t/a"), 0, s_none));
        await FailsAsync(StoreErrorKind.Invalid, async () => await Store.ListAsync("", s_none).CountAsync());
        await FailsAsync(StoreErrorKind.Invalid, async () => await Store.ListAsync("topics", s_none).CountAsync());
    }

    [Fact]
    public async Task Of_many_writers_on_two_stores_exactly_one_wins_each_version()
    {
        var winners = await Task.WhenAll(
            Enumerable.Range(0, 8).Select(writer => Task.Run(() => IncrementAsync(writer % 2 == 0 ? Store : SecondStore, 15))));

        Assert.Equal(Enumerable.Range(1, 120).Select(v => (long)v), winners.SelectMany(versions => versions).Order());
        var final = (await Store.GetAsync(Key("t/counter"), s_none))!;
        Assert.Equal(120, final.Version);
        Assert.Equal(120, BitConverter.ToInt64(final.Value.Span));
    }

    [Fact]
    public async Task Writes_of_many_registers_at_once_all_take_effect()
    {
        var results = await Task.WhenAll(Enumerable.Range(0, 200).Select(i => PutAsync($"t/{i}", BitConverter.GetBytes(i), 0).AsTask()));

        Assert.All(results, result => Assert.Equal(1, result.Version));
        Assert.Equal(BitConverter.GetBytes(137), (await SecondStore.GetAsync(Key("t/137"), s_none))!.Value.ToArray());
    }

    [Fact]
    public async Task A_call_that_is_cancelled_before_it_begins_changes_nothing()
    {
        var cancelled = new CancellationToken(canceled: true);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            async () => await Store.PutAsync(Key("t/a"), new byte[1], 0, NewWriteId(), cancelled));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await Store.GetAsync(Key("t/a"), cancelled));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await Store.GetRangeAsync(Key("t/"), 0, 1, cancelled));
        Assert.Null(await Store.GetAsync(Key("t/a"), s_none));
    }

    [Fact]
    public async Task A_settled_put_that_is_repeated_with_its_write_id_reports_its_own_success()
    {
        var id = NewWriteId();
        await Store.PutAsync(Key("t/a"), new byte[] { 5 }, 0, id, s_none);

        var repeated = await Store.PutSettledAsync(Key("t/a"), new byte[] { 5 }, 0, id, s_none);
        Assert.True(repeated.Succeeded);
        Assert.Equal(1, repeated.Version);
        Assert.False((await Store.PutSettledAsync(Key("t/a"), new byte[] { 6 }, 0, NewWriteId(), s_none)).Succeeded);
    }

    /// <summary>The key that a test uses for a name.</summary>
    protected string Key(string name) => KeyPrefix + name;

    /// <summary>A write id that no other write of this test has.</summary>
    protected WriteId NewWriteId() => new(1, (ulong)Interlocked.Increment(ref _writes));

    private ValueTask<PutResult> PutAsync(string name, byte[] value, long expected) =>
        Store.PutAsync(Key(name), value, expected, NewWriteId(), s_none);

    private async Task<List<long>> IncrementAsync(IMetadataStore store, int times)
    {
        var won = new List<long>();
        while (won.Count < times)
        {
            var current = await store.GetAsync(Key("t/counter"), s_none);
            var next = BitConverter.GetBytes((current is null ? 0 : BitConverter.ToInt64(current.Value.Span)) + 1);
            var result = await store.PutAsync(Key("t/counter"), next, current?.Version ?? 0, NewWriteId(), s_none);
            if (result.Succeeded)
                won.Add(result.Version);
        }

        return won;
    }

    private static async Task FailsAsync<T>(StoreErrorKind kind, Func<ValueTask<T>> call) =>
        Assert.Equal(kind, (await Assert.ThrowsAsync<StoreException>(async () => await call())).Kind);
}

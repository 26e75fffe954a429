using CloudStream.Storage.Contracts;
using CloudStream.Storage.Local.Options;
using CloudStream.Storage.Local.Registers;
using CloudStream.Storage.Metadata;
using SQLitePCL;

namespace CloudStream.Storage.Tests.Local;

public sealed class SqliteMetadataStoreTests : MetadataStoreContract, IDisposable
{
    private static readonly CancellationToken s_none = CancellationToken.None;
    private readonly TemporaryFolder _folder = new();
    private readonly SqliteMetadataStore _first;
    private readonly SqliteMetadataStore _second;

    public SqliteMetadataStoreTests()
    {
        _first = new SqliteMetadataStore(DatabasePath, new LocalStoreOptions());
        _second = new SqliteMetadataStore(DatabasePath, new LocalStoreOptions());
    }

    protected override IMetadataStore Store => _first;

    protected override IMetadataStore SecondStore => _second;

    private string DatabasePath => _folder.File("registers.db");

    public void Dispose()
    {
        _first.Dispose();
        _second.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task Registers_and_tombstones_outlive_the_process()
    {
        await _first.PutAsync("t/kept", new byte[] { 7 }, 0, new WriteId(3, 4), s_none);
        await _first.PutAsync("t/gone", new byte[] { 7 }, 0, NewWriteId(), s_none);
        await _first.DeleteAsync("t/gone", 1, s_none);
        _first.Dispose();
        _second.Dispose();

        using var reopened = new SqliteMetadataStore(DatabasePath, new LocalStoreOptions());
        var kept = (await reopened.GetAsync("t/kept", s_none))!;
        Assert.Equal([7], kept.Value.ToArray());
        Assert.Equal(new WriteId(3, 4), kept.WriteId);
        Assert.Null(await reopened.GetAsync("t/gone", s_none));
        Assert.Equal(3, (await reopened.PutAsync("t/gone", new byte[] { 8 }, 2, NewWriteId(), s_none)).Version);
    }

    [Fact]
    public async Task Many_processes_may_create_the_database_at_once()
    {
        var path = _folder.File("new.db");
        var stores = await Task.WhenAll(
            Enumerable.Range(0, 6).Select(_ => Task.Run(() => new SqliteMetadataStore(path, new LocalStoreOptions()))));
        var results = await Task.WhenAll(stores.Select(store => store.PutAsync("t/a", new byte[1], 0, NewWriteId(), s_none).AsTask()));
        foreach (var store in stores)
            store.Dispose();
        Assert.Single(results, result => result.Succeeded);
    }

    // 3.51.3 mended a rare loss of the write-ahead log where several processes checkpoint at once.
    [Fact]
    public void The_database_engine_has_the_mend_of_its_write_ahead_log()
    {
        using var database = new RegisterDatabase(DatabasePath, TimeSpan.Zero);
        Assert.InRange(raw.sqlite3_libversion_number(), 3_051_003, 3_999_999);
    }

    [Theory]
    [InlineData("journal_mode", "wal")]
    [InlineData("synchronous", "2")]
    [InlineData("wal_autocheckpoint", "2000")]
    [InlineData("journal_size_limit", "67108864")]
    [InlineData("mmap_size", "0")]
    public void The_settings_that_durability_rests_on_are_in_force(string pragma, string value)
    {
        using var database = new RegisterDatabase(DatabasePath, TimeSpan.Zero);
        var values = new List<string?>();
        raw.sqlite3_exec(database.Connection, $"PRAGMA {pragma}", (_, columns, _) => Add(columns[0]), null, out _);
        Assert.Equal([value], values);

        int Add(string column)
        {
            values.Add(column);
            return raw.SQLITE_OK;
        }
    }

    [Fact]
    public async Task A_write_is_throttled_while_another_process_keeps_the_database_locked()
    {
        using var impatient = new SqliteMetadataStore(
            DatabasePath, new LocalStoreOptions { RegisterBusyTimeout = TimeSpan.FromMilliseconds(10) });
        using var other = new RegisterDatabase(DatabasePath, TimeSpan.Zero);
        other.Begin();

        Assert.Equal(StoreErrorKind.Throttled,
            await KindAsync(async () => await impatient.PutAsync("t/a", new byte[1], 0, NewWriteId(), s_none)));
        Assert.Null(await impatient.GetAsync("t/a", s_none));
        other.Rollback();
        Assert.True((await impatient.PutAsync("t/a", new byte[1], 0, NewWriteId(), s_none)).Succeeded);
    }

    [Fact]
    public async Task A_failed_commit_is_ambiguous_for_every_write_of_its_batch_and_later_writes_work()
    {
        using var database = new RegisterDatabase(DatabasePath, TimeSpan.Zero);
        using var writer = new RegisterWriter(database, TimeSpan.Zero);
        raw.sqlite3_commit_hook(database.Connection, static _ => 1, null);
        RegisterWrite[] failing = [Write("t/a", 0), Write("t/b", 5)];
        writer.Write([.. failing]);
        foreach (var write in failing)
            Assert.Equal(StoreErrorKind.Ambiguous, await KindAsync(() => write.WaitAsync(s_none)));

        raw.sqlite3_commit_hook(database.Connection, null, null);
        var next = Write("t/a", 0);
        writer.Write([next]);
        Assert.Equal(1, (await next.WaitAsync(s_none)).Version);
    }

    [Fact]
    public async Task A_full_disk_refuses_the_write_and_later_writes_work()
    {
        using var database = new RegisterDatabase(DatabasePath, TimeSpan.Zero);
        using var writer = new RegisterWriter(database, TimeSpan.Zero);
        database.Execute("PRAGMA max_page_count=10");
        var large = new RegisterWrite("t/a", new byte[200_000], 0, NewWriteId());
        writer.Write([large]);
        Assert.Equal(StoreErrorKind.NotWritable, await KindAsync(() => large.WaitAsync(s_none)));

        var small = Write("t/a", 0);
        writer.Write([small]);
        Assert.Equal(1, (await small.WaitAsync(s_none)).Version);
    }

    [Fact]
    public async Task Writes_of_one_batch_see_each_other_and_are_judged_one_by_one()
    {
        using var database = new RegisterDatabase(DatabasePath, TimeSpan.Zero);
        using var writer = new RegisterWriter(database, TimeSpan.Zero);
        RegisterWrite[] batch = [Write("t/a", 0), Write("t/a", 0), Write("t/a", 1), new("t/a", null, 2, default), Write("t/a", 3)];
        writer.Write([.. batch]);

        var results = await Task.WhenAll(batch.Select(write => write.WaitAsync(s_none)));
        Assert.Equal([true, false, true, true, true], results.Select(result => result.Succeeded));
        Assert.Equal([1L, 1, 2, 3, 4], results.Select(result => result.Version));
    }

    [Fact]
    public void A_newer_schema_is_refused()
    {
        using (var database = new RegisterDatabase(DatabasePath, TimeSpan.FromSeconds(1)))
            database.Execute("UPDATE cloudstream_schema SET version = 2");
        var failure = Assert.Throws<StoreException>(() => new SqliteMetadataStore(DatabasePath, new LocalStoreOptions()));
        Assert.Equal(StoreErrorKind.Refused, failure.Kind);
        Assert.Contains("schema version 2", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_that_is_no_database_is_corrupt_and_a_folder_that_is_missing_is_refused()
    {
        File.WriteAllBytes(_folder.File("junk.db"), Enumerable.Repeat((byte)'x', 10_000).ToArray());
        Assert.Equal(StoreErrorKind.Corrupt,
            Assert.Throws<StoreException>(() => new SqliteMetadataStore(_folder.File("junk.db"), new LocalStoreOptions())).Kind);
        Assert.Equal(StoreErrorKind.Refused,
            Assert.Throws<StoreException>(() => new SqliteMetadataStore(_folder.File("no/db"), new LocalStoreOptions())).Kind);
    }

    [Fact]
    public async Task A_closed_store_is_unavailable()
    {
        _first.Dispose();
        Assert.Equal(StoreErrorKind.Unavailable,
            await KindAsync(async () => await _first.PutAsync("t/a", new byte[1], 0, NewWriteId(), s_none)));
        Assert.Equal(StoreErrorKind.Unavailable, await KindAsync(async () => await _first.GetAsync("t/a", s_none)));
    }

    [Fact]
    public async Task The_log_of_changes_does_not_grow_for_ever_while_registers_are_listed()
    {
        for (var i = 0; i < 100; i++)
            await _first.PutAsync($"t/{i:d3}", new byte[10], 0, NewWriteId(), s_none);
        await foreach (var register in _second.ListAsync("t/", s_none))
        {
            for (var i = 0; i < 2; i++)
            {
                var current = (await _first.GetAsync(register.Key, s_none))!;
                await _first.PutAsync(register.Key, new byte[300_000], current.Version, NewWriteId(), s_none);
            }
        }

        Assert.InRange(new FileInfo(DatabasePath + "-wal").Length, 1, 24 * 1024 * 1024);
    }

    private RegisterWrite Write(string key, long expected) => new(key, new byte[] { 1 }, expected, NewWriteId());

    private static async Task<StoreErrorKind> KindAsync(Func<Task> call) => (await Assert.ThrowsAsync<StoreException>(call)).Kind;
}

using System.Runtime.InteropServices;
using CloudStream.Storage.Metadata;
using SQLitePCL;

namespace CloudStream.Storage.Local.Registers;

/// <summary>
/// One connection to the register database, with its prepared statements. Not thread-safe. Every statement is reset before its method
/// returns, so that no read transaction outlives a call and keeps the WAL from being checkpointed.
/// Failures are <see cref="SqliteFailure"/>, and <see cref="StoreException"/> for a schema that is too new.
/// </summary>
internal sealed partial class RegisterDatabase : IDisposable
{
    /// <summary>The schema that this code writes, and the newest that it reads.</summary>
    public const int SchemaVersion = 1;

    private const string CreateSchema =
        "CREATE TABLE IF NOT EXISTS cloudstream_schema(version INTEGER NOT NULL);"
        + "INSERT INTO cloudstream_schema(version) SELECT 1 WHERE NOT EXISTS (SELECT 1 FROM cloudstream_schema);"
        + "CREATE TABLE IF NOT EXISTS registers("
        + "key TEXT NOT NULL UNIQUE, version INTEGER NOT NULL, write_high INTEGER NOT NULL, write_low INTEGER NOT NULL, value BLOB);";

    // Nothing maps the file (an I/O error of a mapped page kills the process); the WAL shrinks again after a burst.
    private const string Tuning =
        "PRAGMA journal_mode=WAL;PRAGMA synchronous=FULL;PRAGMA wal_autocheckpoint=2000;PRAGMA journal_size_limit=67108864;"
        + "PRAGMA mmap_size=0;PRAGMA cache_size=-8192;PRAGMA temp_store=MEMORY;";

    private readonly sqlite3 _connection;
    private readonly List<sqlite3_stmt> _statements = [];
    private readonly sqlite3_stmt _get;
    private readonly sqlite3_stmt _version;
    private readonly sqlite3_stmt _list;
    private readonly sqlite3_stmt _set;
    private readonly sqlite3_stmt _begin;
    private readonly sqlite3_stmt _commit;
    private readonly sqlite3_stmt _rollback;

    static RegisterDatabase() => Batteries_V2.Init();

    /// <summary>Opens the file, creating it and its schema where needed.</summary>
    /// <param name="path">The database file.</param>
    /// <param name="busyTimeout">How long SQLite itself waits for a lock.</param>
    public RegisterDatabase(string path, TimeSpan busyTimeout)
    {
        var code = raw.sqlite3_open_v2(
            path, out _connection, raw.SQLITE_OPEN_READWRITE | raw.SQLITE_OPEN_CREATE | raw.SQLITE_OPEN_NOMUTEX, null);
        try
        {
            Check(code);
            raw.sqlite3_busy_timeout(_connection, (int)busyTimeout.TotalMilliseconds);
            Execute(Tuning);
            EnsureSchema();
            _get = Prepare("SELECT key, version, write_high, write_low, value FROM registers WHERE key = ?1");
            _version = Prepare("SELECT version, value IS NOT NULL FROM registers WHERE key = ?1");
            _list = Prepare(
                "SELECT key, version, write_high, write_low, value FROM registers WHERE key >= ?1 AND key < ?2 AND value IS NOT NULL ORDER "
                    + "BY key LIMIT ?3");
            _set = Prepare(
                "INSERT INTO registers(key, version, write_high, write_low, value) VALUES(?1, ?2, ?3, ?4, ?5) ON CONFLICT(key) DO UPDATE "
                    + "SET "
                + "version = excluded.version, write_high = excluded.write_high, write_low = excluded.write_low, value = excluded.value");
            _begin = Prepare("BEGIN IMMEDIATE");
            _commit = Prepare("COMMIT");
            _rollback = Prepare("ROLLBACK");
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>The connection itself, for tests that make it fail.</summary>
    internal sqlite3 Connection => _connection;

    /// <summary>
    /// Reads a key: its register, null for a tombstone or nothing; and the version that its history has reached, 0 for nothing.
    /// </summary>
    public Register? Get(string key, out long version)
    {
        try
        {
            raw.sqlite3_bind_text(_get, 1, key);
            version = 0;
            if (!Step(_get))
                return null;
            version = raw.sqlite3_column_int64(_get, 1);
            return raw.sqlite3_column_type(_get, 4) == raw.SQLITE_NULL ? null : ReadRow(_get, key);
        }
        finally
        {
            raw.sqlite3_reset(_get);
        }
    }

    /// <summary>How far a key's history has come; its value is not read.</summary>
    public RegisterVersion GetVersion(string key)
    {
        try
        {
            raw.sqlite3_bind_text(_version, 1, key);
            return Step(_version) ? new RegisterVersion(
                raw.sqlite3_column_int64(_version, 0), raw.sqlite3_column_int(_version, 1) != 0) : default;
        }
        finally
        {
            raw.sqlite3_reset(_version);
        }
    }

    /// <summary>
    /// The first registers at or after <paramref name="from"/> and before <paramref name="until"/>, at most <paramref name="limit"/>.
    /// </summary>
    public List<Register> List(string from, string until, int limit)
    {
        try
        {
            raw.sqlite3_bind_text(_list, 1, from);
            raw.sqlite3_bind_text(_list, 2, until);
            raw.sqlite3_bind_int(_list, 3, limit);
            var found = new List<Register>();
            while (Step(_list))
                found.Add(ReadRow(_list, raw.sqlite3_column_text(_list, 0).utf8_to_string()));
            return found;
        }
        finally
        {
            raw.sqlite3_reset(_list);
        }
    }

    /// <summary>The registers of consecutive slots of a family, each at its place.</summary>
    public Register?[] GetRange(string family, int first, int count)
    {
        var found = new Register?[count];

        // What follows the last slot's key in the order of keys.
        var until = RegisterKeys.SlotOf(family, first + count - 1) + '\u0001';
        foreach (var register in List(RegisterKeys.SlotOf(family, first), until, int.MaxValue))
        {
            if (RegisterKeys.TrySlotIn(family, register.Key, out var slot))
                found[slot - first] = register;
        }

        return found;
    }

    /// <summary>Writes a key's row; a null value is a tombstone.</summary>
    public void Set(string key, long version, WriteId writeId, ReadOnlyMemory<byte>? value)
    {
        try
        {
            raw.sqlite3_bind_text(_set, 1, key);
            raw.sqlite3_bind_int64(_set, 2, version);
            raw.sqlite3_bind_int64(_set, 3, (long)writeId.High);
            raw.sqlite3_bind_int64(_set, 4, (long)writeId.Low);
            if (value is not { } bytes)
                raw.sqlite3_bind_null(_set, 5);
            else if (bytes.IsEmpty)
                raw.sqlite3_bind_zeroblob(_set, 5, 0);
            else
                raw.sqlite3_bind_blob(_set, 5, bytes.Span);
            Step(_set);
        }
        finally
        {
            raw.sqlite3_reset(_set);
            raw.sqlite3_clear_bindings(_set);
        }
    }

    /// <summary>Begins a transaction that holds the write lock.</summary>
    public void Begin() => Run(_begin);

    /// <summary>Commits; with synchronous=FULL the WAL has been fsynced when this returns.</summary>
    public void Commit() => Run(_commit);

    /// <summary>Gives up the transaction, if one is open (some failures have ended it already).</summary>
    public void Rollback()
    {
        if (raw.sqlite3_get_autocommit(_connection) == 0)
            Run(_rollback);
    }

    /// <summary>Runs statements that return nothing of interest.</summary>
    internal void Execute(string sql) => Check(raw.sqlite3_exec(_connection, sql));

    public void Dispose()
    {
        foreach (var statement in _statements)
            statement.Dispose();
        _connection.Dispose();
    }

    private void EnsureSchema()
    {
        if (ReadNumber("SELECT count(*) FROM sqlite_master WHERE name = 'registers'") == 0)
        {
            Execute("BEGIN IMMEDIATE");
            Execute(CreateSchema);
            Execute("COMMIT");
        }

        var version = ReadNumber("SELECT max(version) FROM cloudstream_schema");
        if (version > SchemaVersion)
            throw new StoreException(StoreErrorKind.Refused,
                $"the register database has schema version {version}, this release knows up to {SchemaVersion}: use a newer release");
    }

    private long ReadNumber(string sql)
    {
        var statement = Prepare(sql);
        try
        {
            return Step(statement) ? raw.sqlite3_column_int64(statement, 0) : 0;
        }
        finally
        {
            raw.sqlite3_reset(statement);
        }
    }

    private static Register ReadRow(sqlite3_stmt row, string key) => new(
        key,
        raw.sqlite3_column_blob(row, 4).ToArray(),
        raw.sqlite3_column_int64(row, 1),
        new WriteId((ulong)raw.sqlite3_column_int64(row, 2), (ulong)raw.sqlite3_column_int64(row, 3)));

    private sqlite3_stmt Prepare(string sql)
    {
        Check(raw.sqlite3_prepare_v2(_connection, sql, out var statement));
        _statements.Add(statement);
        return statement;
    }

    private void Run(sqlite3_stmt statement)
    {
        try
        {
            Step(statement);
        }
        finally
        {
            raw.sqlite3_reset(statement);
        }
    }

    private bool Step(sqlite3_stmt statement)
    {
        var code = raw.sqlite3_step(statement);
        if (code == raw.SQLITE_ROW)
            return true;
        return code == raw.SQLITE_DONE ? false : throw Failure(code);
    }

    private void Check(int code)
    {
        if (code != raw.SQLITE_OK)
            throw Failure(code);
    }

    private SqliteFailure Failure(int code)
    {
        var extended = code == raw.sqlite3_errcode(_connection) ? raw.sqlite3_extended_errcode(_connection) : code;
        return new(extended, $"{raw.sqlite3_errmsg(_connection).utf8_to_string()} (result code {extended})", SystemErrorOf(_connection));
    }

    // The binding that is used lacks it. Without it a full quota and a disk that has become read-only are told as failures that may pass.
    private static int SystemErrorOf(sqlite3 connection)
    {
        try
        {
            return connection.IsInvalid ? 0 : SystemError(connection.DangerousGetHandle());
        }
        catch (Exception e) when (e is DllNotFoundException or EntryPointNotFoundException)
        {
            return 0;
        }
    }

    [LibraryImport("e_sqlite3", EntryPoint = "sqlite3_system_errno")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories | DllImportSearchPath.AssemblyDirectory)]
    private static partial int SystemError(nint connection);
}

using System.Diagnostics;
using System.Runtime.CompilerServices;
using CloudStream.Storage.Local.Files;
using CloudStream.Storage.Local.Options;
using CloudStream.Storage.Local.Writing;
using CloudStream.Storage.Metadata;

namespace CloudStream.Storage.Local.Registers;

/// <summary>
/// Registers in one SQLite database, which several processes may share. Writes go through one thread that commits whatever waits in one
/// transaction with one fsync (WAL, <c>synchronous=FULL</c>); reads run on the caller's thread and see every committed write. A delete
/// leaves a small tombstone, so that versions never go back. Thread-safe.
/// </summary>
public sealed class SqliteMetadataStore : IMetadataStore, IDisposable
{
    private const int ListPage = 64;
    private const int Readers = 4;

    private readonly RegisterReaders _readers;
    private readonly RegisterWriter _writer;
    private readonly DiskReserve? _reserve;
    private readonly WriteLane<RegisterWrite> _lane;

    /// <summary>Opens the database, creating it where there is none. The folder must exist.</summary>
    /// <param name="path">The database file.</param>
    /// <param name="options">Settings.</param>
    /// <exception cref="StoreException">
    /// <see cref="StoreErrorKind.Refused"/> when the file cannot be opened or was written by a newer release,
    /// <see cref="StoreErrorKind.Corrupt"/> when it is no database. </exception>
    public SqliteMetadataStore(string path, LocalStoreOptions options)
        : this(path, options, null)
    {
    }

    internal SqliteMetadataStore(string path, LocalStoreOptions options, DiskReserve? reserve)
    {
        options.Validate();
        _reserve = reserve;
        _writer = new RegisterWriter(Open(path, options.RegisterBusyTimeout), options.RegisterBusyTimeout, reserve);
        _readers = new RegisterReaders(path, options.RegisterBusyTimeout, Readers);
        _lane = new WriteLane<RegisterWrite>("cloudstream-registers", options.MaxQueuedWrites, options.MaxWritesPerCommit, _writer.Write);
    }

    /// <summary>Measured (docs/PERFORMANCE.md): one fsync instead of two is worth it up to here: the records are written twice.</summary>
    public int InlineMaxBytes => 16 * 1024;

    /// <inheritdoc/>
    public bool TakesRecords => _reserve is null || _reserve.IsThere;

    /// <inheritdoc/>
    public ValueTask<Register?> GetAsync(string key, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        RegisterKeys.Check(key);
        return new(_readers.Read(key, static (database, key) => database.Get(key, out _)));
    }

    /// <inheritdoc/>
    public ValueTask<RegisterVersion> GetVersionAsync(string key, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        RegisterKeys.Check(key);
        return new(_readers.Read(key, static (database, key) => database.GetVersion(key)));
    }

    /// <inheritdoc/>
    public ValueTask<Register?[]> GetRangeAsync(string family, int first, int count, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        RegisterKeys.CheckRange(family, first, count);
        return new(_readers.Read((family, first, count), static (database, range) =>
            database.GetRange(range.family, range.first, range.count)));
    }

    /// <inheritdoc/>
    public ValueTask<PutResult> PutAsync(
        string key, ReadOnlyMemory<byte> value, long expectedVersion, WriteId writeId, CancellationToken cancellationToken)
    {
        RegisterKeys.CheckPut(key, value, expectedVersion);
        return WriteAsync(new RegisterWrite(key, value, expectedVersion, writeId), cancellationToken);
    }

    /// <inheritdoc/>
    public ValueTask<PutResult> DeleteAsync(string key, long expectedVersion, CancellationToken cancellationToken)
    {
        RegisterKeys.CheckDelete(key, expectedVersion);
        return WriteAsync(new RegisterWrite(key, null, expectedVersion, default), cancellationToken);
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<Register> ListAsync(string prefix, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        RegisterKeys.CheckPrefix(prefix);
        var (from, until) = (prefix, prefix + '\u007f'); // Every character of a key sorts before DEL.
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var page = _readers.Read((from, until), static (database, range) => database.List(range.from, range.until, ListPage));
            foreach (var register in page)
                yield return register;
            if (page.Count < ListPage)
                yield break;
            from = page[^1].Key + '\u0001';
            await Task.Yield(); // A long list must not hold its caller's thread.
        }
    }

    /// <summary>Finishes the writes that wait and closes the database.</summary>
    public void Dispose()
    {
        _writer.Close();
        _lane.Dispose();
        _writer.Dispose();
        _readers.Dispose();
    }

    private async ValueTask<PutResult> WriteAsync(RegisterWrite write, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        await _lane.EnqueueAsync(write, cancellationToken);
        return await write.WaitAsync(cancellationToken);
    }

    // Two processes that create the database at once can meet where SQLite does not wait by itself.
    private static RegisterDatabase Open(string path, TimeSpan busyTimeout)
    {
        var began = Stopwatch.GetTimestamp();
        while (true)
        {
            try
            {
                return new RegisterDatabase(path, busyTimeout);
            }
            catch (SqliteFailure e) when (!e.IsBusy || Stopwatch.GetElapsedTime(began) > busyTimeout)
            {
                throw e.WithoutEffect();
            }
            catch (SqliteFailure)
            {
                Thread.Yield();
            }
        }
    }
}

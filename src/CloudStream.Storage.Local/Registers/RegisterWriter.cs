using System.Diagnostics;
using CloudStream.Storage.Local.Files;

namespace CloudStream.Storage.Local.Registers;

/// <summary>Carries out batches of register writes, each batch in one transaction with one fsync. Used by one thread only.</summary>
internal sealed class RegisterWriter : IDisposable
{
    private readonly ManualResetEventSlim _closing = new();
    private readonly RegisterDatabase _database;
    private readonly TimeSpan _busyTimeout;

    private readonly DiskReserve? _reserve;

    public RegisterWriter(RegisterDatabase database, TimeSpan busyTimeout, DiskReserve? reserve = null)
    {
        _reserve = reserve;
        _database = database;
        _busyTimeout = busyTimeout;
        database.Execute("PRAGMA busy_timeout=0"); // BeginWhenFree waits.
    }

    /// <summary>
    /// Applies each write on its own condition, commits once, and ends every write. What a full disk refuses is tried once more in the room
    /// that is kept aside.
    /// </summary>
    public void Write(List<RegisterWrite> batch)
    {
        var failure = TryWrite(batch);
        if (failure?.Kind == StoreErrorKind.NotWritable && _reserve?.GiveUp(failure) == true)
            failure = TryWrite(batch);
        foreach (var write in batch)
        {
            if (failure is null)
                write.Settle();
            else
                write.Fail(failure);
        }
    }

    /// <summary>Stops waiting for other processes' locks.</summary>
    public void Close() => _closing.Set();

    public void Dispose()
    {
        _closing.Dispose();
        _database.Dispose();
    }

    // Null when the batch is committed.
    private StoreException? TryWrite(List<RegisterWrite> batch)
    {
        try
        {
            BeginWhenFree();
            foreach (var write in batch)
                write.Apply(_database);
        }
        catch (SqliteFailure e)
        {
            Rollback();
            return e.WithoutEffect();
        }

        try
        {
            _database.Commit();
            return null;
        }
        catch (SqliteFailure e)
        {
            Rollback();
            return e.AtCommit();
        }
    }

    // SQLite's own busy handler backs off to 100 ms; other processes hold the lock for about one fsync, so we look again sooner.
    private void BeginWhenFree()
    {
        var began = Stopwatch.GetTimestamp();
        while (true)
        {
            try
            {
                _database.Begin();
                return;
            }
            catch (SqliteFailure e) when (e.IsBusy && Stopwatch.GetElapsedTime(began) < _busyTimeout
                && !_closing.Wait(Random.Shared.Next(1, 4)))
            {
                // Another process commits; once more.
            }
        }
    }

    private void Rollback()
    {
        try
        {
            _database.Rollback();
        }
        catch (SqliteFailure)
        {
            // The failure that matters is the first one; the next BEGIN reports if the connection is unusable.
        }
    }
}

using System.Diagnostics;

namespace CloudStream.Storage.Local.Registers;

/// <summary>Carries out batches of register writes, each batch in one transaction with one fsync. Used by one thread only.</summary>
internal sealed class RegisterWriter : IDisposable
{
    private readonly ManualResetEventSlim _closing = new();
    private readonly RegisterDatabase _database;
    private readonly TimeSpan _busyTimeout;

    public RegisterWriter(RegisterDatabase database, TimeSpan busyTimeout)
    {
        _database = database;
        _busyTimeout = busyTimeout;
        database.Execute("PRAGMA busy_timeout=0"); // BeginWhenFree waits.
    }

    /// <summary>Applies each write on its own condition, commits once, and ends every write.</summary>
    public void Write(List<RegisterWrite> batch)
    {
        if (TryApply(batch) && TryCommit(batch))
        {
            foreach (var write in batch)
                write.Settle();
        }
    }

    /// <summary>Stops waiting for other processes' locks.</summary>
    public void Close() => _closing.Set();

    public void Dispose()
    {
        _closing.Dispose();
        _database.Dispose();
    }

    private bool TryApply(List<RegisterWrite> batch)
    {
        try
        {
            BeginWhenFree();
            foreach (var write in batch)
                write.Apply(_database);
            return true;
        }
        catch (SqliteFailure e)
        {
            GiveUp(batch, e.WithoutEffect());
            return false;
        }
    }

    private bool TryCommit(List<RegisterWrite> batch)
    {
        try
        {
            _database.Commit();
            return true;
        }
        catch (SqliteFailure e)
        {
            GiveUp(batch, e.AtCommit());
            return false;
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
            catch (SqliteFailure e) when (e.IsBusy && Stopwatch.GetElapsedTime(began) < _busyTimeout && !_closing.Wait(Random.Shared.Next(1, 4)))
            {
                // Another process commits; once more.
            }
        }
    }

    private void GiveUp(List<RegisterWrite> batch, StoreException failure)
    {
        try
        {
            _database.Rollback();
        }
        catch (SqliteFailure)
        {
            // The failure that matters is the first one; the next BEGIN reports if the connection is unusable.
        }

        foreach (var write in batch)
            write.Fail(failure);
    }
}

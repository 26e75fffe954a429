namespace CloudStream.Storage.Local.Registers;

/// <summary>
/// A few connections for reading, opened when first used. Thread-safe: a read takes a free one, or waits for the one that its thread
/// prefers.
/// </summary>
internal sealed class RegisterReaders(string path, TimeSpan busyTimeout, int count) : IDisposable
{
    private readonly Slot[] _slots = [.. Enumerable.Range(0, count).Select(_ => new Slot())];
    private bool _closed;

    /// <summary>Runs a read on one of the connections.</summary>
    /// <exception cref="StoreException">What the failure of SQLite means.</exception>
    public T Read<TArgument, T>(TArgument argument, Func<RegisterDatabase, TArgument, T> read)
    {
        var first = (uint)Environment.CurrentManagedThreadId;
        for (uint i = 0; i < _slots.Length; i++)
        {
            var free = _slots[(first + i) % _slots.Length];
            if (free.Gate.TryEnter())
                return ReadHeld(free, argument, read);
        }

        var slot = _slots[first % _slots.Length];
        slot.Gate.Enter();
        return ReadHeld(slot, argument, read);
    }

    public void Dispose()
    {
        Volatile.Write(ref _closed, true);
        foreach (var slot in _slots)
        {
            lock (slot.Gate)
                slot.Database?.Dispose();
        }
    }

    private T ReadHeld<TArgument, T>(Slot slot, TArgument argument, Func<RegisterDatabase, TArgument, T> read)
    {
        try
        {
            if (Volatile.Read(ref _closed))
                throw new StoreException(StoreErrorKind.Unavailable, "the store has been closed");
            slot.Database ??= new RegisterDatabase(path, busyTimeout);
            return read(slot.Database, argument);
        }
        catch (SqliteFailure e)
        {
            throw e.WithoutEffect();
        }
        finally
        {
            slot.Gate.Exit();
        }
    }

    private sealed class Slot
    {
        public Lock Gate { get; } = new();

        public RegisterDatabase? Database { get; set; }
    }
}

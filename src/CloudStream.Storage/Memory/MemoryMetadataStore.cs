using CloudStream.Storage.Metadata;

namespace CloudStream.Storage.Memory;

/// <summary>
/// Registers in this process's memory, for tests and the simulation. Thread-safe; every call completes synchronously. A delete leaves a
/// tombstone with its version, so that versions never go back.
/// </summary>
public sealed class MemoryMetadataStore : IMetadataStore
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, Cell> _cells = new(StringComparer.Ordinal);

    /// <inheritdoc/>
    public ValueTask<Register?> GetAsync(string key, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        RegisterKeys.Check(key);
        lock (_lock)
            return new(_cells.GetValueOrDefault(key).Register);
    }

    /// <inheritdoc/>
    public ValueTask<RegisterVersion> GetVersionAsync(string key, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        RegisterKeys.Check(key);
        lock (_lock)
        {
            var cell = _cells.GetValueOrDefault(key);
            return new(new RegisterVersion(cell.Version, cell.Register is not null));
        }
    }

    /// <inheritdoc/>
    public ValueTask<Register?[]> GetRangeAsync(string family, int first, int count, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        RegisterKeys.CheckRange(family, first, count);
        var found = new Register?[count];
        lock (_lock)
        {
            for (var i = 0; i < count; i++)
                found[i] = _cells.GetValueOrDefault(RegisterKeys.SlotOf(family, first + i)).Register;
        }

        return new(found);
    }

    /// <inheritdoc/>
    public ValueTask<PutResult> PutAsync(
        string key, ReadOnlyMemory<byte> value, long expectedVersion, WriteId writeId, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        RegisterKeys.CheckPut(key, value, expectedVersion);
        var copy = value.ToArray();
        lock (_lock)
        {
            var cell = _cells.GetValueOrDefault(key);
            if (cell.Version != expectedVersion)
                return new(InTheWay(cell));
            var version = cell.Version + 1;
            _cells[key] = new Cell(version, new Register(key, copy, version, writeId));
            return new(PutResult.Done(version));
        }
    }

    /// <inheritdoc/>
    public ValueTask<PutResult> DeleteAsync(string key, long expectedVersion, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        RegisterKeys.CheckDelete(key, expectedVersion);
        lock (_lock)
        {
            var cell = _cells.GetValueOrDefault(key);
            if (cell.Register?.Version != expectedVersion)
                return new(InTheWay(cell));
            _cells[key] = new Cell(expectedVersion + 1, null);
            return new(PutResult.Done(expectedVersion + 1));
        }
    }

    /// <inheritdoc/>
    public IAsyncEnumerable<Register> ListAsync(string prefix, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        RegisterKeys.CheckPrefix(prefix);
        var found = new List<Register>();
        lock (_lock)
        {
            foreach (var (key, cell) in _cells)
            {
                if (cell.Register is { } register && key.StartsWith(prefix, StringComparison.Ordinal))
                    found.Add(register);
            }
        }

        found.Sort(static (a, b) => string.CompareOrdinal(a.Key, b.Key));
        return found.ToAsyncEnumerable();
    }

    private static PutResult InTheWay(Cell cell) =>
        cell.Register is { } register ? PutResult.Conflict(register) : PutResult.Absent(cell.Version);

    /// <summary>A register, or the tombstone of one (<see cref="Register"/> is null).</summary>
    private readonly record struct Cell(long Version, Register? Register);
}

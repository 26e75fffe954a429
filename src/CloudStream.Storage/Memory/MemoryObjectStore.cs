using CloudStream.Storage.Objects;

namespace CloudStream.Storage.Memory;

/// <summary>
/// Objects in this process's memory, for tests and the simulation. Thread-safe; every call completes synchronously. A put copies the bytes.
/// </summary>
public sealed class MemoryObjectStore : IObjectStore
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, byte[]> _objects = new(StringComparer.Ordinal);

    /// <summary>Objects stored now.</summary>
    public int Count
    {
        get
        {
            lock (_lock)
                return _objects.Count;
        }
    }

    /// <inheritdoc/>
    public ValueTask PutAsync(string name, IReadOnlyList<ReadOnlyMemory<byte>> content, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        ObjectNames.Check(name);
        var bytes = Join(content);
        lock (_lock)
        {
            if (!_objects.TryAdd(name, bytes) && !_objects[name].AsSpan().SequenceEqual(bytes))
                throw new StoreException(StoreErrorKind.Invalid,
                    $"the object '{name}' exists with other bytes; objects are never overwritten");
        }

        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public ValueTask<int> GetRangeAsync(string name, long position, Memory<byte> destination, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        ObjectNames.Check(name);
        ObjectRanges.Check(name, position);
        var bytes = Find(name);
        if (position >= bytes.Length)
            return new(0);
        var count = Math.Min(destination.Length, bytes.Length - (int)position);
        bytes.AsSpan((int)position, count).CopyTo(destination.Span);
        return new(count);
    }

    /// <inheritdoc/>
    public ValueTask<long> GetSizeAsync(string name, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        ObjectNames.Check(name);
        return new(Find(name).LongLength);
    }

    /// <inheritdoc/>
    public IAsyncEnumerable<ObjectInfo> ListAsync(string prefix, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        ObjectNames.CheckPrefix(prefix);
        var found = new List<ObjectInfo>();
        lock (_lock)
        {
            foreach (var (name, bytes) in _objects)
            {
                if (name.StartsWith(prefix, StringComparison.Ordinal))
                    found.Add(new ObjectInfo(name, bytes.LongLength));
            }
        }

        found.Sort(static (a, b) => string.CompareOrdinal(a.Name, b.Name));
        return found.ToAsyncEnumerable();
    }

    /// <inheritdoc/>
    public ValueTask DeleteAsync(IReadOnlyCollection<string> names, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        foreach (var name in names)
            ObjectNames.Check(name);
        lock (_lock)
        {
            foreach (var name in names)
                _objects.Remove(name);
        }

        return ValueTask.CompletedTask;
    }

    private byte[] Find(string name)
    {
        lock (_lock)
            return _objects.TryGetValue(name, out var bytes)
                ? bytes
                : throw new StoreException(StoreErrorKind.NotFound, $"there is no object '{name}'");
    }

    private static byte[] Join(IReadOnlyList<ReadOnlyMemory<byte>> content)
    {
        var length = 0;
        for (var i = 0; i < content.Count; i++)
            length = checked(length + content[i].Length);
        var bytes = new byte[length];
        var position = 0;
        for (var i = 0; i < content.Count; i++)
        {
            content[i].Span.CopyTo(bytes.AsSpan(position));
            position += content[i].Length;
        }

        return bytes;
    }
}

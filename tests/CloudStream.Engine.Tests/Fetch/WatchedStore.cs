using CloudStream.Storage;
using CloudStream.Storage.Memory;
using CloudStream.Storage.Objects;

namespace CloudStream.Engine.Tests.Fetch;

/// <summary>A memory store that counts reads, and lets a test hold them back, fail them or change what they return.</summary>
internal sealed class WatchedStore : IObjectStore
{
    private readonly MemoryObjectStore _inner = new();
    private int _reads;
    private int _running;
    private int _scans;

    /// <summary>Range reads so far.</summary>
    public int Reads => Volatile.Read(ref _reads);

    /// <summary>Most range reads that ran at the same time.</summary>
    public int MostAtOnce { get; private set; }

    /// <summary>Runs before each range read: waits or throws.</summary>
    public Func<string, Task>? BeforeRead { get; set; }

    /// <summary>Changes the bytes that a range read returns; gets the name and the position of the first one.</summary>
    public Action<string, long, Memory<byte>>? Damage { get; set; }

    /// <summary>Whether its objects lie in files: then each opening gives a part of what a read would.</summary>
    public bool HasFiles { get; set; }

    /// <summary>How often bytes in files were looked at.</summary>
    public int Scans => Volatile.Read(ref _scans);

    public async ValueTask<ObjectFile?> OpenFileAsync(string name, long position, int length, CancellationToken cancellationToken)
    {
        if (!HasFiles)
            return null;
        var bytes = new byte[length];
        var count = await _inner.GetRangeAsync(name, position, bytes, cancellationToken);
        Damage?.Invoke(name, position, bytes);
        return count == length ? new BytesAsFile(bytes) { Scanned = () => Interlocked.Increment(ref _scans) } : null;
    }

    public ValueTask PutAsync(string name, IReadOnlyList<ReadOnlyMemory<byte>> content, CancellationToken cancellationToken) =>
        _inner.PutAsync(name, content, cancellationToken);

    public async ValueTask<int> GetRangeAsync(string name, long position, Memory<byte> destination, CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _reads);
        MostAtOnce = Math.Max(MostAtOnce, Interlocked.Increment(ref _running));
        try
        {
            if (BeforeRead is { } before)
                await before(name);
            var count = await _inner.GetRangeAsync(name, position, destination, cancellationToken);
            Damage?.Invoke(name, position, destination[..count]);
            return count;
        }
        finally
        {
            Interlocked.Decrement(ref _running);
        }
    }

    public ValueTask<long> GetSizeAsync(string name, CancellationToken cancellationToken) => _inner.GetSizeAsync(name, cancellationToken);

    public IAsyncEnumerable<ObjectInfo> ListAsync(string prefix, CancellationToken cancellationToken) =>
        _inner.ListAsync(prefix, cancellationToken);

    public ValueTask DeleteAsync(IReadOnlyCollection<string> names, CancellationToken cancellationToken) =>
        _inner.DeleteAsync(names, cancellationToken);

    /// <summary>Fails every read until the result is set to false.</summary>
    public static StoreException Failure(StoreErrorKind kind) => new(kind, "test");
}

using System.Runtime.CompilerServices;
using CloudStream.Storage.Objects;

namespace CloudStream.Storage.Faults;

/// <summary>
/// Test equipment: an object store whose calls fail as a script says, before or after they take effect. Thread-safe if the script is.
/// </summary>
/// <param name="inner">The store that works; the caller keeps owning it.</param>
/// <param name="script">Asked once per call (once per list).</param>
public sealed class FaultyObjectStore(IObjectStore inner, StoreFaultScript script) : IObjectStore
{
    private readonly FaultInjector _faults = new(script);

    /// <inheritdoc/>
    public async ValueTask PutAsync(string name, IReadOnlyList<ReadOnlyMemory<byte>> content, CancellationToken cancellationToken)
    {
        // A delayed put outlives its caller's buffers.
        ReadOnlyMemory<byte>[] copy = [.. content.Select(piece => new ReadOnlyMemory<byte>(piece.ToArray()))];
        await _faults.WriteAsync(
            new(StoreOperation.Put, name),
            async () =>
            {
                await inner.PutAsync(name, copy, cancellationToken);
                return true;
            },
            cancellationToken);
    }

    /// <inheritdoc/>
    public ValueTask<int> GetRangeAsync(string name, long position, Memory<byte> destination, CancellationToken cancellationToken) =>
        _faults.ReadAsync(new(StoreOperation.Get, name), () => inner.GetRangeAsync(name, position, destination, cancellationToken),
            cancellationToken);

    /// <inheritdoc/>
    public ValueTask<Memory<byte>> GetRangeAsync(
        string name, long position, int length, Memory<byte> room, CancellationToken cancellationToken) =>
            _faults.ReadAsync(new(StoreOperation.Get, name), () => inner.GetRangeAsync(name, position, length, room, cancellationToken),
                cancellationToken);

    /// <inheritdoc/>
    public ValueTask<long> GetSizeAsync(string name, CancellationToken cancellationToken) =>
        _faults.ReadAsync(new(StoreOperation.GetSize, name), () => inner.GetSizeAsync(name, cancellationToken), cancellationToken);

    /// <inheritdoc/>
    public async IAsyncEnumerable<ObjectInfo> ListAsync(string prefix, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await _faults.BeforeReadAsync(new(StoreOperation.List, prefix), cancellationToken);
        await foreach (var info in inner.ListAsync(prefix, cancellationToken))
            yield return info;
    }

    /// <inheritdoc/>
    public async ValueTask DeleteAsync(IReadOnlyCollection<string> names, CancellationToken cancellationToken)
    {
        await _faults.WriteAsync(
            new(StoreOperation.Delete, names.FirstOrDefault("")),
            async () =>
            {
                await inner.DeleteAsync(names, cancellationToken);
                return true;
            },
            cancellationToken);
    }

    /// <summary>Lets the delayed writes take effect, in their order. Returns how many there were.</summary>
    public ValueTask<int> ReleaseDelayedAsync() => _faults.ReleaseDelayedAsync();
}

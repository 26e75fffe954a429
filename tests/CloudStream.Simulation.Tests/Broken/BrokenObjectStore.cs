using CloudStream.Storage.Objects;

namespace CloudStream.Simulation.Tests.Broken;

/// <summary>An object store of which puts are replaced.</summary>
internal sealed class BrokenObjectStore(IObjectStore inner, BrokenObjectStore.Put put) : IObjectStore
{
    public delegate ValueTask Put(
        IObjectStore inner, string name, IReadOnlyList<ReadOnlyMemory<byte>> content, CancellationToken cancellationToken);

    public ValueTask PutAsync(string name, IReadOnlyList<ReadOnlyMemory<byte>> content, CancellationToken cancellationToken) =>
        put(inner, name, content, cancellationToken);

    public ValueTask<int> GetRangeAsync(string name, long position, Memory<byte> destination, CancellationToken cancellationToken) =>
        inner.GetRangeAsync(name, position, destination, cancellationToken);

    public ValueTask<long> GetSizeAsync(string name, CancellationToken cancellationToken) => inner.GetSizeAsync(name, cancellationToken);

    public IAsyncEnumerable<ObjectInfo> ListAsync(string prefix, CancellationToken cancellationToken) =>
        inner.ListAsync(prefix, cancellationToken);

    public ValueTask DeleteAsync(IReadOnlyCollection<string> names, CancellationToken cancellationToken) =>
        inner.DeleteAsync(names, cancellationToken);
}

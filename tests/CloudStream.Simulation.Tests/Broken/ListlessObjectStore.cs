using CloudStream.Storage.Objects;

namespace CloudStream.Simulation.Tests.Broken;

/// <summary>An object store whose lists are empty, so that nothing is ever swept.</summary>
internal sealed class ListlessObjectStore(IObjectStore inner) : IObjectStore
{
    public ValueTask PutAsync(string name, IReadOnlyList<ReadOnlyMemory<byte>> content, CancellationToken cancellationToken) =>
        inner.PutAsync(name, content, cancellationToken);

    public ValueTask<int> GetRangeAsync(string name, long position, Memory<byte> destination, CancellationToken cancellationToken) =>
        inner.GetRangeAsync(name, position, destination, cancellationToken);

    public ValueTask<long> GetSizeAsync(string name, CancellationToken cancellationToken) => inner.GetSizeAsync(name, cancellationToken);

    public IAsyncEnumerable<ObjectInfo> ListAsync(string prefix, CancellationToken cancellationToken) =>
        AsyncEnumerable.Empty<ObjectInfo>();

    public ValueTask DeleteAsync(IReadOnlyCollection<string> names, CancellationToken cancellationToken) =>
        inner.DeleteAsync(names, cancellationToken);
}

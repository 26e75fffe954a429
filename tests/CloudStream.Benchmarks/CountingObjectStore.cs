using System.Collections.Concurrent;
using CloudStream.Storage.Objects;

namespace CloudStream.Benchmarks;

/// <summary>Counts what goes into an object store, by kind of object.</summary>
internal sealed class CountingObjectStore(IObjectStore inner) : IObjectStore
{
    private readonly ConcurrentDictionary<ObjectKind, (long Objects, long Bytes)> _puts = [];

    public (long Objects, long Bytes) Puts(ObjectKind kind) => _puts.GetValueOrDefault(kind);

    public long TotalPuts => _puts.Values.Sum(p => p.Objects);

    public async ValueTask PutAsync(string name, IReadOnlyList<ReadOnlyMemory<byte>> content, CancellationToken cancellationToken)
    {
        await inner.PutAsync(name, content, cancellationToken);
        long bytes = content.Sum(piece => (long)piece.Length);
        if (ObjectRef.TryParse(name[(name.Length > ObjectRef.NameLength ? ClusterObjects.TagLength + 1 : 0)..], out _,
            out ObjectRef reference))
            _puts.AddOrUpdate(reference.Kind, (1, bytes), (_, sum) => (sum.Objects + 1, sum.Bytes + bytes));
    }

    public ValueTask<int> GetRangeAsync(string name, long position, Memory<byte> destination, CancellationToken cancellationToken) =>
        inner.GetRangeAsync(name, position, destination, cancellationToken);

    public ValueTask<long> GetSizeAsync(string name, CancellationToken cancellationToken) => inner.GetSizeAsync(name, cancellationToken);

    public IAsyncEnumerable<ObjectInfo> ListAsync(string prefix, CancellationToken cancellationToken) =>
        inner.ListAsync(prefix, cancellationToken);

    public ValueTask DeleteAsync(IReadOnlyCollection<string> names, CancellationToken cancellationToken) =>
        inner.DeleteAsync(names, cancellationToken);
}

using System.Runtime.CompilerServices;
using CloudStream.Storage.Objects;

namespace CloudStream.Simulation.Tests.Stores;

/// <summary>The object store as one process reaches it.</summary>
internal sealed class SimulatedObjectStore(StoreLine line, ObjectShelf shelf) : IObjectStore
{
    public async ValueTask PutAsync(string name, IReadOnlyList<ReadOnlyMemory<byte>> content, CancellationToken cancellationToken)
    {
        var bytes = content.SelectMany(piece => piece.ToArray()).ToArray();
        await line.CallAsync("put", name, isWrite: true, () => shelf.Put(name, bytes), cancellationToken);
    }

    public async ValueTask<int> GetRangeAsync(string name, long position, Memory<byte> destination, CancellationToken cancellationToken)
    {
        var length = destination.Length;
        var bytes = await line.CallAsync("get", name, isWrite: false, () => shelf.Read(name, position, length), cancellationToken);
        bytes.CopyTo(destination.Span);
        return bytes.Length;
    }

    public ValueTask<long> GetSizeAsync(string name, CancellationToken cancellationToken) =>
        line.CallAsync("size", name, isWrite: false, () => shelf.SizeOf(name), cancellationToken);

    public async IAsyncEnumerable<ObjectInfo> ListAsync(string prefix, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var age = line.DrawListAge();
        foreach (var info in await line.CallAsync("list", prefix, isWrite: false, () => shelf.List(prefix, age), cancellationToken))
            yield return info;
    }

    public async ValueTask DeleteAsync(IReadOnlyCollection<string> names, CancellationToken cancellationToken)
    {
        string[] copy = [.. names];
        await line.CallAsync("delete", string.Join(' ', copy), isWrite: true, () => shelf.Delete(copy), cancellationToken);
    }
}

using CloudStream.Storage.Memory;
using CloudStream.Storage.Objects;

namespace CloudStream.Engine.Tests.Cluster;

/// <summary>The objects of a process whose calls, to registers and objects alike, pass one row of points.</summary>
internal sealed class FaultyFounding(FaultPoints calls, MemoryObjectStore shared) : IObjectStore
{
    public async ValueTask PutAsync(string name, IReadOnlyList<ReadOnlyMemory<byte>> content, CancellationToken cancellationToken) =>
        await calls.PassAsync(async () =>
        {
            await shared.PutAsync(name, content, cancellationToken);
            return true;
        });

    public ValueTask<int> GetRangeAsync(string name, long position, Memory<byte> destination, CancellationToken cancellationToken) =>
        calls.PassAsync(() => shared.GetRangeAsync(name, position, destination, cancellationToken));

    public ValueTask<long> GetSizeAsync(string name, CancellationToken cancellationToken) =>
        calls.PassAsync(() => shared.GetSizeAsync(name, cancellationToken));

    public async IAsyncEnumerable<ObjectInfo> ListAsync(
        string prefix, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        foreach (var info in await calls.PassAsync(() => shared.ListAsync(prefix, cancellationToken).ToListAsync(cancellationToken)))
            yield return info;
    }

    public ValueTask DeleteAsync(IReadOnlyCollection<string> names, CancellationToken cancellationToken) =>
        shared.DeleteAsync(names, cancellationToken);
}

using System.Runtime.CompilerServices;
using CloudStream.Storage;
using CloudStream.Storage.Objects;

namespace CloudStream.Cli.Inspect;

/// <summary>
/// One file seen as an object store that holds one object, under the file's own path: for objects that were copied out. Reads only.
/// </summary>
internal sealed class SingleFileStore(string path) : IObjectStore
{
    public async ValueTask<int> GetRangeAsync(string name, long position, Memory<byte> destination, CancellationToken cancellationToken)
    {
        await using FileStream file = Open(name);
        file.Position = Math.Min(position, file.Length);
        return await file.ReadAtLeastAsync(destination, destination.Length, throwOnEndOfStream: false, cancellationToken);
    }

    public async ValueTask<long> GetSizeAsync(string name, CancellationToken cancellationToken)
    {
        await using FileStream file = Open(name);
        return file.Length;
    }

    public async IAsyncEnumerable<ObjectInfo> ListAsync(string prefix, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        if (path.StartsWith(prefix, StringComparison.Ordinal))
            yield return new ObjectInfo(path, await GetSizeAsync(path, cancellationToken));
    }

    public ValueTask PutAsync(string name, IReadOnlyList<ReadOnlyMemory<byte>> content, CancellationToken cancellationToken) =>
        throw new StoreException(StoreErrorKind.Refused, "a file that is inspected is not written");

    public ValueTask DeleteAsync(IReadOnlyCollection<string> names, CancellationToken cancellationToken) =>
        throw new StoreException(StoreErrorKind.Refused, "a file that is inspected is not deleted");

    private FileStream Open(string name) =>
        name == path ? File.OpenRead(path) : throw new StoreException(StoreErrorKind.NotFound, $"there is no object '{name}'");
}

using CloudStream.Storage.Metadata;
using CloudStream.Storage.Objects;

namespace CloudStream.Storage.Tests.Faults;

/// <summary>Does what callers of a metadata store do: settles puts by read-back, and repeats what failed in passing.</summary>
internal sealed class SettlingMetadataStore(IMetadataStore inner) : IMetadataStore
{
    public ValueTask<Register?> GetAsync(string key, CancellationToken cancellationToken) =>
        Retry.UntilSettledAsync(() => inner.GetAsync(key, cancellationToken));

    public ValueTask<RegisterVersion> GetVersionAsync(string key, CancellationToken cancellationToken) =>
        Retry.UntilSettledAsync(() => inner.GetVersionAsync(key, cancellationToken));

    public ValueTask<Register?[]> GetRangeAsync(string family, int first, int count, CancellationToken cancellationToken) =>
        Retry.UntilSettledAsync(() => inner.GetRangeAsync(family, first, count, cancellationToken));

    public ValueTask<PutResult> PutAsync(
        string key, ReadOnlyMemory<byte> value, long expectedVersion, WriteId writeId, CancellationToken cancellationToken) =>
            Retry.UntilSettledAsync(() => inner.PutSettledAsync(key, value, expectedVersion, writeId, cancellationToken));

    public ValueTask<PutResult> DeleteAsync(string key, long expectedVersion, CancellationToken cancellationToken) =>
        Retry.UntilSettledAsync(() => inner.DeleteAsync(key, expectedVersion, cancellationToken));

    public IAsyncEnumerable<Register> ListAsync(string prefix, CancellationToken cancellationToken) =>
        Retry.List(() => inner.ListAsync(prefix, cancellationToken));
}

/// <summary>Does what callers of an object store do: repeats what failed in passing.</summary>
internal sealed class SettlingObjectStore(IObjectStore inner) : IObjectStore
{
    public async ValueTask PutAsync(string name, IReadOnlyList<ReadOnlyMemory<byte>> content, CancellationToken cancellationToken) =>
        await Retry.UntilSettledAsync(async () =>
        {
            await inner.PutAsync(name, content, cancellationToken);
            return true;
        });

    public ValueTask<int> GetRangeAsync(string name, long position, Memory<byte> destination, CancellationToken cancellationToken) =>
        Retry.UntilSettledAsync(() => inner.GetRangeAsync(name, position, destination, cancellationToken));

    public ValueTask<long> GetSizeAsync(string name, CancellationToken cancellationToken) =>
        Retry.UntilSettledAsync(() => inner.GetSizeAsync(name, cancellationToken));

    public IAsyncEnumerable<ObjectInfo> ListAsync(string prefix, CancellationToken cancellationToken) =>
        Retry.List(() => inner.ListAsync(prefix, cancellationToken));

    public async ValueTask DeleteAsync(IReadOnlyCollection<string> names, CancellationToken cancellationToken) =>
        await Retry.UntilSettledAsync(async () =>
        {
            await inner.DeleteAsync(names, cancellationToken);
            return true;
        });
}

internal static class Retry
{
    public static async ValueTask<T> UntilSettledAsync<T>(Func<ValueTask<T>> call)
    {
        while (true)
        {
            try
            {
                return await call();
            }
            catch (StoreException e) when (e.IsTransient)
            {
                await Task.Yield();
            }
        }
    }

    public static async IAsyncEnumerable<T> List<T>(Func<IAsyncEnumerable<T>> list)
    {
        foreach (var item in await UntilSettledAsync(() => list().ToListAsync()))
            yield return item;
    }
}

using CloudStream.Storage.Memory;
using CloudStream.Storage.Metadata;
using CloudStream.Storage.Objects;

namespace CloudStream.Engine.Tests.Shards;

/// <summary>A memory metadata store that lets a test step in before and after each put.</summary>
internal sealed class HookedMetadataStore(IMetadataStore inner) : IMetadataStore
{
    /// <summary>Runs before a put takes effect; throwing means that it does not.</summary>
    public Func<string, Task>? BeforePut { get; set; }

    /// <summary>Runs after a put took effect; throwing loses the reply.</summary>
    public Func<string, PutResult, Task>? AfterPut { get; set; }

    /// <summary>Takes the next put instead; it fails there, and takes effect when it likes.</summary>
    public IMetadataStore? Late { get; set; }

    public int Puts { get; private set; }

    public int Gets { get; private set; }

    public int Looks { get; private set; }

    public ValueTask<Register?> GetAsync(string key, CancellationToken cancellationToken)
    {
        Gets++;
        return inner.GetAsync(key, cancellationToken);
    }

    public ValueTask<RegisterVersion> GetVersionAsync(string key, CancellationToken cancellationToken)
    {
        Looks++;
        return inner.GetVersionAsync(key, cancellationToken);
    }

    public ValueTask<Register?[]> GetRangeAsync(string family, int first, int count, CancellationToken cancellationToken)
    {
        Gets++;
        return inner.GetRangeAsync(family, first, count, cancellationToken);
    }

    public async ValueTask<PutResult> PutAsync(
        string key, ReadOnlyMemory<byte> value, long expectedVersion, WriteId writeId, CancellationToken cancellationToken)
    {
        Puts++;
        if (BeforePut is { } before)
            await before(key);
        var store = Late ?? inner;
        Late = null;
        var result = await store.PutAsync(key, value, expectedVersion, writeId, cancellationToken);
        if (AfterPut is { } after)
            await after(key, result);
        return result;
    }

    public ValueTask<PutResult> DeleteAsync(string key, long expectedVersion, CancellationToken cancellationToken) =>
        inner.DeleteAsync(key, expectedVersion, cancellationToken);

    public IAsyncEnumerable<Register> ListAsync(string prefix, CancellationToken cancellationToken) =>
        inner.ListAsync(prefix, cancellationToken);
}

/// <summary>A memory object store that counts and lets a test step in before each put.</summary>
internal sealed class HookedObjectStore(MemoryObjectStore inner) : IObjectStore
{
    public Func<string, Task>? BeforePut { get; set; }

    public List<string> Put { get; } = [];

    public async ValueTask PutAsync(string name, IReadOnlyList<ReadOnlyMemory<byte>> content, CancellationToken cancellationToken)
    {
        lock (Put)
            Put.Add(name);
        if (BeforePut is { } before)
            await before(name);
        await inner.PutAsync(name, content, cancellationToken);
    }

    public ValueTask<int> GetRangeAsync(string name, long position, Memory<byte> destination, CancellationToken cancellationToken) =>
        inner.GetRangeAsync(name, position, destination, cancellationToken);

    public ValueTask<long> GetSizeAsync(string name, CancellationToken cancellationToken) => inner.GetSizeAsync(name, cancellationToken);

    public IAsyncEnumerable<ObjectInfo> ListAsync(string prefix, CancellationToken cancellationToken) =>
        inner.ListAsync(prefix, cancellationToken);

    public ValueTask DeleteAsync(IReadOnlyCollection<string> names, CancellationToken cancellationToken) =>
        inner.DeleteAsync(names, cancellationToken);
}

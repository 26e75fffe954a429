using System.Runtime.CompilerServices;
using CloudStream.Storage.Metadata;

namespace CloudStream.Storage.Faults;

/// <summary>
/// Test equipment: a metadata store whose calls fail as a script says, before or after they take effect. Thread-safe if the script is.
/// </summary>
/// <param name="inner">The store that works; the caller keeps owning it.</param>
/// <param name="script">Asked once per call (once per list).</param>
public sealed class FaultyMetadataStore(IMetadataStore inner, StoreFaultScript script) : IMetadataStore
{
    private readonly FaultInjector _faults = new(script);

    /// <inheritdoc/>
    public ValueTask<Register?> GetAsync(string key, CancellationToken cancellationToken) =>
        _faults.ReadAsync(new(StoreOperation.Get, key), () => inner.GetAsync(key, cancellationToken), cancellationToken);

    /// <inheritdoc/>
    public ValueTask<RegisterVersion> GetVersionAsync(string key, CancellationToken cancellationToken) =>
        _faults.ReadAsync(new(StoreOperation.Get, key), () => inner.GetVersionAsync(key, cancellationToken), cancellationToken);

    /// <inheritdoc/>
    public ValueTask<Register?[]> GetRangeAsync(string family, int first, int count, CancellationToken cancellationToken) =>
        _faults.ReadAsync(new(StoreOperation.Get, family), () => inner.GetRangeAsync(family, first, count, cancellationToken),
            cancellationToken);

    /// <inheritdoc/>
    public ValueTask<PutResult> PutAsync(
        string key, ReadOnlyMemory<byte> value, long expectedVersion, WriteId writeId, CancellationToken cancellationToken)
    {
        var copy = value.ToArray(); // A delayed put takes effect when its caller has long moved on.
        return _faults.WriteAsync(new(StoreOperation.Put, key),
            () => inner.PutAsync(key, copy, expectedVersion, writeId, cancellationToken), cancellationToken);
    }

    /// <inheritdoc/>
    public ValueTask<PutResult> DeleteAsync(string key, long expectedVersion, CancellationToken cancellationToken) =>
        _faults.WriteAsync(new(StoreOperation.Delete, key), () => inner.DeleteAsync(key, expectedVersion, cancellationToken),
            cancellationToken);

    /// <inheritdoc/>
    public async IAsyncEnumerable<Register> ListAsync(string prefix, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await _faults.BeforeReadAsync(new(StoreOperation.List, prefix), cancellationToken);
        await foreach (var register in inner.ListAsync(prefix, cancellationToken))
            yield return register;
    }

    /// <summary>Lets the delayed writes take effect, in their order. Returns how many there were, conflicts included.</summary>
    public ValueTask<int> ReleaseDelayedAsync() => _faults.ReleaseDelayedAsync();
}

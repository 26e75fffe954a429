using System.Runtime.CompilerServices;
using CloudStream.Storage.Memory;
using CloudStream.Storage.Metadata;

namespace CloudStream.Simulation.Tests.Stores;

/// <summary>The metadata store as one process reaches it.</summary>
/// <param name="line">The connection.</param>
/// <param name="registers">What all processes share.</param>
/// <param name="written">Told of every write right after it took effect.</param>
internal sealed class SimulatedMetadataStore(StoreLine line, MemoryMetadataStore registers, Action<Register> written) : IMetadataStore
{
    public ValueTask<Register?> GetAsync(string key, CancellationToken cancellationToken) =>
        line.CallAsync("get", key, isWrite: false, () => registers.GetAsync(key, CancellationToken.None).Result, cancellationToken);

    public ValueTask<RegisterVersion> GetVersionAsync(string key, CancellationToken cancellationToken) =>
        line.CallAsync("get version", key, isWrite: false, () => registers.GetVersionAsync(key, CancellationToken.None).Result,
            cancellationToken);

    public ValueTask<Register?[]> GetRangeAsync(string family, int first, int count, CancellationToken cancellationToken) =>
        line.CallAsync("get range", family, isWrite: false,
            () => registers.GetRangeAsync(family, first, count, CancellationToken.None).Result, cancellationToken);

    public ValueTask<PutResult> PutAsync(
        string key, ReadOnlyMemory<byte> value, long expectedVersion, WriteId writeId, CancellationToken cancellationToken)
    {
        var copy = value.ToArray();
        return line.CallAsync("write", key, isWrite: true, () => Put(key, copy, expectedVersion, writeId), cancellationToken);
    }

    public ValueTask<PutResult> DeleteAsync(string key, long expectedVersion, CancellationToken cancellationToken) =>
        line.CallAsync("delete", key, isWrite: true, () => registers.DeleteAsync(key, expectedVersion, CancellationToken.None).Result,
            cancellationToken);

    public async IAsyncEnumerable<Register> ListAsync(string prefix, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var found = await line.CallAsync("list", prefix, isWrite: false,
            () => registers.ListAsync(prefix, CancellationToken.None).ToBlockingEnumerable().ToList(), cancellationToken);
        foreach (var register in found)
            yield return register;
    }

    private PutResult Put(string key, byte[] value, long expectedVersion, WriteId writeId)
    {
        var result = registers.PutAsync(key, value, expectedVersion, writeId, CancellationToken.None).Result;
        if (result.Succeeded)
            written(new Register(key, value, result.Version, writeId));
        return result;
    }
}

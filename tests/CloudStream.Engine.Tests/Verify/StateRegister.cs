using System.Runtime.CompilerServices;
using CloudStream.Log.State;
using CloudStream.Storage.Memory;
using CloudStream.Storage.Metadata;
using CloudStream.Storage.Objects;

namespace CloudStream.Engine.Tests.Verify;

/// <summary>Shard 0's register as one that always has a checkpoint of the newest state, which a test changes as it likes.</summary>
internal sealed class StateRegister(Func<ShardState> newest, MemoryObjectStore objects) : IMetadataStore
{
    /// <summary>The checkpoint that the register names.</summary>
    public string Checkpoint => Reference.NameIn(0);

    private ObjectRef Reference => new(ObjectKind.Checkpoint, newest().Version, (ulong)newest().Version);

    public async ValueTask<Register?> GetAsync(string key, CancellationToken cancellationToken)
    {
        var state = newest();
        if (!await objects.ListAsync(Checkpoint, cancellationToken).AnyAsync(cancellationToken))
            await objects.PutAsync(Checkpoint, [CheckpointCodec.Encode(state)], cancellationToken);
        return new Register(
            key, new ShardRegister(state.Epoch, state.Holder, Reference, state.Version, []).Encode(), state.Version, default);
    }

    public async IAsyncEnumerable<Register> ListAsync(string prefix, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        yield return (await GetAsync(prefix, cancellationToken))!;
    }

    public ValueTask<RegisterVersion> GetVersionAsync(string key, CancellationToken cancellationToken) =>
        new(new RegisterVersion(newest().Version, true));

    public ValueTask<Register?[]> GetRangeAsync(string family, int first, int count, CancellationToken cancellationToken) =>
        throw new InvalidOperationException("a verification reads no ranges");

    public ValueTask<PutResult> PutAsync(
        string key, ReadOnlyMemory<byte> value, long expectedVersion, WriteId writeId, CancellationToken cancellationToken) =>
        throw new InvalidOperationException("a verification writes nothing");

    public ValueTask<PutResult> DeleteAsync(string key, long expectedVersion, CancellationToken cancellationToken) =>
        throw new InvalidOperationException("a verification deletes nothing");
}

using System.Runtime.CompilerServices;
using CloudStream.Cluster.Groups.Registers;
using CloudStream.Storage.Metadata;

namespace CloudStream.Simulation.Tests.Groups;

/// <summary>A metadata store that changes what a process reads of groups, or how it writes them.</summary>
internal sealed class BrokenGroupStore(IMetadataStore inner) : IMetadataStore
{
    public delegate ValueTask<PutResult> Put(IMetadataStore inner, Register put, long expectedVersion, CancellationToken cancellationToken);

    /// <summary>What a process reads instead of a group's register.</summary>
    public Func<string, GroupRegister, GroupRegister> OnRead { get; init; } = static (_, group) => group;

    /// <summary>How it writes one.</summary>
    public Put OnPut { get; init; } = static (inner, put, expected, cancel) => inner.PutAsync(
        put.Key, put.Value, expected, put.WriteId, cancel);

    public async ValueTask<Register?> GetAsync(string key, CancellationToken cancellationToken) =>
        Seen(await inner.GetAsync(key, cancellationToken));

    public ValueTask<RegisterVersion> GetVersionAsync(string key, CancellationToken cancellationToken) =>
        inner.GetVersionAsync(key, cancellationToken);

    public ValueTask<Register?[]> GetRangeAsync(string family, int first, int count, CancellationToken cancellationToken) =>
        inner.GetRangeAsync(family, first, count, cancellationToken);

    public async ValueTask<PutResult> PutAsync(
        string key, ReadOnlyMemory<byte> value, long expectedVersion, WriteId writeId, CancellationToken cancellationToken)
    {
        if (!key.StartsWith(GroupKeys.Prefix, StringComparison.Ordinal))
            return await inner.PutAsync(key, value, expectedVersion, writeId, cancellationToken);
        var result = await OnPut(inner, new Register(key, value.ToArray(), 0, writeId), expectedVersion, cancellationToken);
        return result is { Succeeded: false, Current: { } current } ? PutResult.Conflict(Seen(current)!) : result;
    }

    public ValueTask<PutResult> DeleteAsync(string key, long expectedVersion, CancellationToken cancellationToken) =>
        inner.DeleteAsync(key, expectedVersion, cancellationToken);

    public async IAsyncEnumerable<Register> ListAsync(string prefix, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var register in inner.ListAsync(prefix, cancellationToken))
            yield return Seen(register)!;
    }

    private Register? Seen(Register? register) =>
        register is null || !register.Key.StartsWith(GroupKeys.Prefix, StringComparison.Ordinal)
            ? register
            : register with
            {
                Value = GroupRegisterCodec.Encode(OnRead(register.Key, GroupRegisterCodec.Decode(register.Value, register.Key)))
            };
}

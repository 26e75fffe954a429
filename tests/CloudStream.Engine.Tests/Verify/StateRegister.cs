using CloudStream.Log.Entries;
using CloudStream.Log.Journal;
using CloudStream.Log.Options;
using CloudStream.Log.State;
using CloudStream.Storage.Memory;
using CloudStream.Storage.Metadata;
using CloudStream.Storage.Objects;

namespace CloudStream.Engine.Tests.Verify;

/// <summary>
/// Shard 0's journal as one in which a checkpoint of the newest state was put into use by the last commit, many commits behind the one
/// before, so that who follows it has always been lapped and begins anew.
/// </summary>
internal sealed class StateRegister(Func<ShardState> newest, MemoryObjectStore objects) : IMetadataStore
{
    private const long CommitsEach = 10;

    public static JournalRing Ring { get; } = new("test", 4);

    /// <summary>The checkpoint that the journal names.</summary>
    public string Checkpoint => Reference.NameIn(0);

    private long Last => newest().Version * CommitsEach;

    private ObjectRef Reference => new(ObjectKind.Checkpoint, newest().Version, (ulong)Last);

    public async ValueTask<Register?> GetAsync(string key, CancellationToken cancellationToken)
    {
        Assert.True(RegisterKeys.TrySlotIn(Ring.FamilyOf(0), key, out var slot));
        var state = newest() with { Version = Last - 1 };
        var (reference, version) = (Reference, Last - ((Last - slot) % Ring.Slots));
        if (!await objects.ListAsync(reference.NameIn(0), cancellationToken).AnyAsync(cancellationToken))
            await objects.PutAsync(reference.NameIn(0), [CheckpointCodec.Encode(state)], cancellationToken);
        var commit = version == Last
            ? new JournalSlot(version, default, JournalHead.Of(state) with { Checkpoint = reference, CheckpointVersion = Last - 1 },
                JournalSlot.Encode([new CheckpointEntry(0, reference, Last - 1)]))
            : new JournalSlot(version, default, new JournalHead(0, null, null, 0, 0), JournalSlot.Encode([]));
        return new Register(key, commit.Encode(), Ring.LapsBefore(version) + 1, default);
    }

    public async ValueTask<Register?[]> GetRangeAsync(string family, int first, int count, CancellationToken cancellationToken)
    {
        var found = new Register?[count];
        for (var i = 0; i < count; i++)
            found[i] = await GetAsync(RegisterKeys.SlotOf(family, first + i), cancellationToken);
        return found;
    }

    public IAsyncEnumerable<Register> ListAsync(string prefix, CancellationToken cancellationToken) =>
        throw new InvalidOperationException("a verification of a shard lists no registers");

    public ValueTask<RegisterVersion> GetVersionAsync(string key, CancellationToken cancellationToken) =>
        throw new InvalidOperationException("a verification reads slots");

    public ValueTask<PutResult> PutAsync(
        string key, ReadOnlyMemory<byte> value, long expectedVersion, WriteId writeId, CancellationToken cancellationToken) =>
        throw new InvalidOperationException("a verification writes nothing");

    public ValueTask<PutResult> DeleteAsync(string key, long expectedVersion, CancellationToken cancellationToken) =>
        throw new InvalidOperationException("a verification deletes nothing");
}

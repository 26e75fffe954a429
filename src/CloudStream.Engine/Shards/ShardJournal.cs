using System.Collections.Immutable;
using CloudStream.Engine.Runtime;
using CloudStream.Engine.State;
using CloudStream.Engine.State.Entries;
using CloudStream.Storage;
using CloudStream.Storage.Metadata;
using CloudStream.Storage.Objects;
using CloudStream.Storage.Segments;

namespace CloudStream.Engine.Shards;

/// <summary>
/// A shard's register as one process sees it: reads it, follows what others committed, and commits by compare-and-swap. Recovery is the same as
/// following: register, checkpoint, tail. Used by the committer alone.
/// </summary>
internal sealed class ShardJournal(int shard, BrokerStores stores, BrokerRuntime runtime)
{
    // Between two reads a checkpoint may be replaced and deleted; each time a newer register says so.
    private const int MaxChases = 8;

    private readonly string _key = ShardRegister.KeyOf(shard);
    private ImmutableArray<TailCommit> _tail = [];

    /// <summary>The newest committed state that is known here.</summary>
    public ShardState State { get; private set; } = ShardState.Empty(shard);

    /// <summary>Bytes of entries since the checkpoint: what every commit writes again.</summary>
    public int TailBytes { get; private set; }

    /// <summary>Reads the register and applies what this process has missed.</summary>
    /// <param name="watch">Receives the outcomes of the caller's own flushes when they turn up among the commits.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public async Task ReadAsync(FlushWatch? watch, CancellationToken cancellationToken)
    {
        for (var chase = 1; ; chase++)
        {
            var register = await stores.Metadata.GetAsync(_key, cancellationToken);
            try
            {
                await FollowAsync(register, watch, cancellationToken);
                return;
            }
            catch (StoreException e) when (e.Kind == StoreErrorKind.NotFound)
            {
                if (chase == MaxChases)
                    throw new StoreException(StoreErrorKind.Corrupt, $"register {_key} refers to an object that does not exist", e);
            }
        }
    }

    /// <summary>Tries once to make <paramref name="entries"/> the next commit, which leads to <paramref name="next"/>.</summary>
    /// <returns>True when it is committed; false when somebody else came first (<see cref="State"/> has moved, and this commit has not happened).</returns>
    /// <exception cref="StoreException">As the store says; after Ambiguous the commit may have happened.</exception>
    public async Task<bool> TryCommitAsync(IReadOnlyList<Entry> entries, ShardState next, FlushWatch? watch, CancellationToken cancellationToken)
    {
        var tail = next.CheckpointVersion == State.CheckpointVersion ? _tail : _tail.RemoveAll(c => c.Version <= next.CheckpointVersion);
        tail = tail.Add(TailCommit.Encode(next.Version, entries));
        var value = new ShardRegister(next.Epoch, next.Holder, next.Checkpoint, next.CheckpointVersion, tail).Encode();
        var result = await stores.Metadata.PutAsync(_key, value, State.Version, runtime.Random.NextWriteId(), cancellationToken);
        if (result.Succeeded)
        {
            Keep(next, tail);
            return true;
        }

        try
        {
            await FollowAsync(result.Current, watch, cancellationToken);
        }
        catch (StoreException e) when (e.Kind == StoreErrorKind.NotFound)
        {
            await ReadAsync(watch, cancellationToken);
        }

        return false;
    }

    private async Task FollowAsync(Register? current, FlushWatch? watch, CancellationToken cancellationToken)
    {
        if (current is null || current.Version <= State.Version)
            return;
        var register = ShardRegister.Decode(current.Value, shard);
        var state = State;
        if (register.CheckpointVersion > state.Version)
            state = await ReadCheckpointAsync(register.Checkpoint!.Value, cancellationToken);
        foreach (var commit in register.Tail)
        {
            if (commit.Version > state.Version)
                state = await ApplyAsync(state, commit, watch, cancellationToken);
        }

        if (state.Version != current.Version)
            throw new StoreException(StoreErrorKind.Corrupt, $"register {_key} has version {current.Version}, its entries end at {state.Version}");
        Keep(state, register.Tail);
    }

    private async Task<ShardState> ApplyAsync(ShardState state, TailCommit commit, FlushWatch? watch, CancellationToken cancellationToken)
    {
        foreach (var entry in commit.Decode())
        {
            var items = ImmutableArray<SegmentItem>.Empty;
            if (entry is FlushEntry { Pointer: { } pointer } flush)
                items = (await SegmentDirectoryReader.ReadFlushAsync(stores.Objects, flush.Object.NameIn(shard), pointer, cancellationToken)).Items;
            var outcomes = watch?.Expects(entry);
            state = ShardTransition.Apply(state, commit.Version, entry, items, outcomes);
            if (outcomes is not null)
                watch!.Found(entry, outcomes, state.Epoch);
        }

        return state;
    }

    private async Task<ShardState> ReadCheckpointAsync(ObjectRef checkpoint, CancellationToken cancellationToken)
    {
        var name = checkpoint.NameIn(shard);
        var bytes = new byte[await stores.Objects.GetSizeAsync(name, cancellationToken)];
        var read = await stores.Objects.GetRangeAsync(name, 0, bytes, cancellationToken);
        return CheckpointCodec.Decode(bytes.AsSpan(0, read), name);
    }

    private void Keep(ShardState state, ImmutableArray<TailCommit> tail)
    {
        State = state;
        _tail = tail;
        TailBytes = tail.Sum(c => c.Entries.Length + 4);
    }
}

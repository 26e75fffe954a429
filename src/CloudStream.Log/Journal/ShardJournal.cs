using System.Collections.Immutable;
using CloudStream.Log.Entries;
using CloudStream.Log.Flushes;
using CloudStream.Log.Runtime;
using CloudStream.Log.State;
using CloudStream.Storage;
using CloudStream.Storage.Formats;
using CloudStream.Storage.Metadata;
using CloudStream.Storage.Objects;
using CloudStream.Storage.Segments;

namespace CloudStream.Log.Journal;

/// <summary>
/// A shard's register as one process sees it: reads it, follows what others committed, and commits by compare-and-swap. Recovery is the
/// same as following: register, checkpoint, tail. Used by the committer alone.
/// </summary>
internal sealed class ShardJournal(int shard, BrokerStores stores, BrokerRuntime runtime)
{
    // Between two reads a checkpoint may be replaced and deleted; each time a newer register says so.
    private const int MaxChases = 8;

    private readonly string _key = ShardRegister.KeyOf(shard);
    private readonly List<TailCommit> _tail = [];

    // Written again with each commit, so that a commit leaves nothing of its register's size behind: a store that is done with a put has
    // copied it.
    private readonly FormatWriter _value = new(4096);

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
            catch (Exception e) when (e is not (StoreException or OperationCanceledException or OutOfMemoryException))
            {
                // Bytes that decode and make no sense: no state comes of them, and no other shard is to blame.
                throw new StoreException(StoreErrorKind.Corrupt, $"register {_key} holds entries that make no sense", e);
            }
            catch (StoreException e) when (e.Kind == StoreErrorKind.NotFound)
            {
                if (chase == MaxChases)
                    throw new StoreException(StoreErrorKind.Corrupt, $"register {_key} refers to an object that does not exist", e);
            }
        }
    }

    /// <summary>
    /// A register that is not there is that of a shard to which nothing was ever committed, unless there are objects that were born after a
    /// commit: then it is gone, and all of them would look like nobody's.
    /// </summary>
    /// <exception cref="StoreException">Corrupt: the register is gone.</exception>
    public async Task CheckNeverWrittenAsync(CancellationToken cancellationToken)
    {
        if (State.Version > 0)
            return;
        await foreach (var info in stores.Objects.ListAsync("", cancellationToken))
        {
            if (!ObjectRef.TryParse(info.Name, out var number, out var reference) || number != shard || reference.Born == 0)
                continue;
            await ReadAsync(null, cancellationToken); // Another broker may have begun meanwhile.
            if (State.Version == 0)
                throw new StoreException(StoreErrorKind.Corrupt,
                    $"register {_key} is gone, but there are objects of it, such as {info.Name}");
            return;
        }
    }

    /// <summary>Tries once to make <paramref name="entries"/> the next commit, which leads to <paramref name="next"/>.</summary>
    /// <returns>True when it is committed; false when somebody else came first (<see cref="State"/> has moved, and this commit has not
    /// happened).</returns>
    /// <exception cref="StoreException">As the store says; after Ambiguous the commit may have happened.</exception>
    public async Task<bool> TryCommitAsync(
        IReadOnlyList<Entry> entries, ShardState next, FlushWatch? watch, CancellationToken cancellationToken)
    {
        var covered = CoveredBy(next.CheckpointVersion);
        var commit = TailCommit.Encode(next.Version, entries);
        var result = await stores.Metadata.PutAsync(
            _key, Encode(next, covered, commit), State.Version, runtime.Random.NextWriteId(), cancellationToken);
        if (result.Succeeded)
        {
            _tail.RemoveRange(0, covered);
            _tail.Add(commit);
            Keep(next);
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

    // How many commits at the beginning of the tail a checkpoint makes superfluous.
    private int CoveredBy(long checkpointVersion)
    {
        var covered = 0;
        while (covered < _tail.Count && _tail[covered].Version <= checkpointVersion)
            covered++;
        return covered;
    }

    private ReadOnlyMemory<byte> Encode(ShardState next, int covered, in TailCommit commit)
    {
        _value.Clear();
        ShardRegister.WriteHead(_value, next.Epoch, next.Holder, (next.Checkpoint, next.CheckpointVersion), _tail.Count - covered + 1);
        for (var i = covered; i < _tail.Count; i++)
            ShardRegister.WriteCommit(_value, _tail[i], next.CheckpointVersion);
        ShardRegister.WriteCommit(_value, commit, next.CheckpointVersion);
        return _value.Written;
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
            throw new StoreException(StoreErrorKind.Corrupt,
                $"register {_key} has version {current.Version}, its entries end at {state.Version}");
        _tail.Clear();
        _tail.AddRange(register.Tail);
        Keep(state);
    }

    private async Task<ShardState> ApplyAsync(ShardState state, TailCommit commit, FlushWatch? watch, CancellationToken cancellationToken)
    {
        foreach (var entry in commit.Decode())
        {
            var items = ImmutableArray<SegmentItem>.Empty;
            if (entry is FlushEntry { Pointer: { } pointer } flush)
                items = (await SegmentDirectoryReader.ReadFlushAsync(
                    stores.Objects, flush.Object.NameIn(shard), pointer, cancellationToken)).Items;
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

    private void Keep(ShardState state)
    {
        State = state;
        TailBytes = 0;
        foreach (var commit in _tail)
            TailBytes += commit.Entries.Length + 4;
    }
}

using System.Collections.Immutable;
using CloudStream.Log.Entries;
using CloudStream.Log.Journal;
using CloudStream.Log.State;
using CloudStream.Log.Upkeep;
using CloudStream.Storage;
using CloudStream.Storage.Objects;

namespace CloudStream.Engine.Tests.Upkeep;

/// <summary>The register of one shard: its committed state, changed only by compare-and-swap.</summary>
internal sealed class TestRegister
{
    public ShardState State { get; private set; } = ShardState.Empty(0) with { Version = 1 };

    public int Commits { get; private set; }

    public bool TryCommit(long expectedVersion, Entry entry, ICollection<ItemOutcome>? outcomes = null)
    {
        if (State.Version != expectedVersion)
            return false;
        State = ShardTransition.Apply(State, expectedVersion + 1, entry, outcomes: outcomes);
        Commits++;
        return true;
    }

    public void Commit(Entry entry) => Assert.True(TryCommit(State.Version, entry));
}

/// <summary>One broker's view of a register: commits as the committer does, without its loop.</summary>
internal sealed class TestShard(TestRegister register, IObjectStore store, FaultPlan faults, Random random) : IUpkeepShard
{
    public int Number => 0;

    public ShardState State { get; private set; } = register.State;

    public bool IsHeld { get; set; } = true;

    public int CheckpointRequests { get; private set; }

    /// <summary>Runs before each attempt to commit.</summary>
    public Action? BeforeCommit { get; set; }

    public ObjectRef NewObject(ObjectKind kind) => new(kind, State.Version, (ulong)random.NextInt64());

    public ValueTask<ShardState> RefreshAsync(CancellationToken cancellationToken) => new(State = register.State);

    public ValueTask<CommitOutcome> SubmitAsync(Func<ShardState, Entry?> propose, CancellationToken cancellationToken)
    {
        while (true)
        {
            var entry = propose(State);
            if (entry is null && ReferenceEquals(State, register.State))
                return new(new CommitOutcome(CommitResult.Withdrawn, State));
            if (entry is null)
            {
                State = register.State;
                continue;
            }

            if (ControlWork.BornOf(entry) < State.Horizon)
                return new(new CommitOutcome(CommitResult.Void, State));
            BeforeCommit?.Invoke();
            if (TryCommit(entry) is { } result)
                return new(new CommitOutcome(result, State));
        }
    }

    public async ValueTask RequestCheckpointAsync(CancellationToken cancellationToken)
    {
        CheckpointRequests++;
        State = register.State;
        var reference = NewObject(ObjectKind.Checkpoint);
        await store.PutAsync(reference.NameIn(0), [CheckpointCodec.Encode(State)], cancellationToken);
        await SubmitAsync(now => now.CheckpointVersion < State.Version ? new CheckpointEntry(0, reference, State.Version) : null,
            cancellationToken);
    }

    private CommitResult? TryCommit(Entry entry)
    {
        bool fails;
        try
        {
            fails = faults.Enter();
        }
        catch (StoreException)
        {
            return CommitResult.Failed;
        }

        var committed = register.TryCommit(State.Version, entry);
        State = register.State;
        if (!fails)
            return committed ? CommitResult.Applied : null;
        if (faults.Fault == Fault.CrashAfter)
            throw new CrashException();
        return CommitResult.Unknown;
    }
}

using System.Collections.Immutable;
using CloudStream.Log.Entries;
using CloudStream.Log.Flushes;
using CloudStream.Log.Journal;
using CloudStream.Log.State;
using CloudStream.Log.Waiting;
using CloudStream.Storage.Segments;
using CloudStream.Storage;

namespace CloudStream.Engine.Tests.Fetch;

/// <summary>A shard whose register is ahead of what this process knows by as much as a test wants.</summary>
internal sealed class FakeShard : IShardLog
{
    private readonly Lock _lock = new();
    private readonly CurrencyProofs _proofs = new();
    private long _newestElsewhere;

    public StoreException? Unreadable => null;

    public int Number { get; init; } = 3;

    public ShardState State { get; private set; } = ShardState.Empty(3);

    /// <summary>What the register holds.</summary>
    public ShardState Register { get; private set; } = ShardState.Empty(3);

    public TailMemory Tail { get; } = new(1 << 24);

    public long NewestOfOthers { get; set; }

    public int Refreshes { get; private set; }

    /// <summary>Looks at the register that an answer needed.</summary>
    public int Looks { get; private set; }

    /// <summary>Runs before a strong read: waits or throws.</summary>
    public Func<Task>? BeforeRefresh { get; set; }

    public ChangeSignal Changes { get; private set; } = new();

    public long Ask() => _proofs.Ask();

    public bool IsProven(long question) => _proofs.Covers(question);

    public async ValueTask ProveAsync(long question, CancellationToken cancellationToken)
    {
        Looks++;
        var proof = _proofs.Begin();
        if (BeforeRefresh is { } before)
            await before().WaitAsync(cancellationToken);
        Publish();
        _proofs.Succeeded(proof);
    }

    public async ValueTask<ShardState> RefreshAsync(CancellationToken cancellationToken)
    {
        Refreshes++;
        var proof = _proofs.Begin();
        if (BeforeRefresh is { } before)
            await before().WaitAsync(cancellationToken);
        Publish();
        _proofs.Succeeded(proof);
        return State;
    }

    /// <summary>Commits an entry; only to the register when another process is the writer.</summary>
    public void Commit(Entry entry, ImmutableArray<SegmentItem> items = default, bool elsewhere = false)
    {
        Register = ShardTransition.Apply(Register, Register.Version + 1, entry, items);
        if (elsewhere)
        {
            _newestElsewhere = Register.Version;
            return;
        }

        _proofs.Succeeded(_proofs.Begin());
        Publish();
    }

    /// <summary>The cluster was restored: what is committed from here on has the next leader epoch.</summary>
    public void Restore()
    {
        Register = Register with { Version = Register.Version + 1, LeaderEpoch = Register.LeaderEpoch + 1 };
        Publish();
    }

    /// <summary>This process learns what the register holds.</summary>
    public void Publish()
    {
        ChangeSignal changed;
        lock (_lock)
        {
            if (State.Version == Register.Version)
                return;
            (State, NewestOfOthers) = (Register, Math.Max(NewestOfOthers, _newestElsewhere));
            (changed, Changes) = (Changes, new ChangeSignal());
        }

        changed.Raise();
    }
}

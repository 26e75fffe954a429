using CloudStream.Log.Entries;
using CloudStream.Log.Flushes;
using CloudStream.Log.State;
using CloudStream.Storage.Objects;

namespace CloudStream.Log.Journal;

/// <summary>What the committer's inbox takes.</summary>
internal abstract class CommitWork;

/// <summary>An uploaded flush. Flushes arrive in the order in which they were sealed.</summary>
internal sealed class FlushWork(Flush flush) : CommitWork
{
    public Flush Flush => flush;

    /// <summary>Whether its outcomes are decided and its waiters answered.</summary>
    public bool IsDone { get; set; }
}

/// <summary>A control entry: proposed on the newest state, right before the commit.</summary>
internal sealed class ControlWork(Func<ShardState, Entry?> propose) : CommitWork
{
    private readonly TaskCompletionSource<CommitOutcome> _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Func<ShardState, Entry?> Propose => propose;

    public Task<CommitOutcome> Outcome => _completion.Task;

    public bool IsDone => _completion.Task.IsCompleted;

    /// <summary>The object-bearing entry of an attempt whose reply was lost, and the version that the attempt expected.</summary>
    public (ObjectRef Object, long Version)? Attempt { get; set; }

    public void Complete(CommitResult result, ShardState state) => _completion.TrySetResult(new CommitOutcome(result, state));

    public void Fail(Exception fault) => _completion.TrySetException(fault);

    /// <summary>The object that an entry would make part of the state; null for entries that bear none.</summary>
    public static ObjectRef? ObjectOf(Entry entry) => entry switch
    {
        MergeEntry merge => merge.Outputs[0].Object,
        PageEntry page => page.Page.Page,
        CheckpointEntry checkpoint => checkpoint.Checkpoint,
        _ => null,
    };

    /// <summary>The earliest birth among the entry's objects; long.MaxValue for entries that bear none.</summary>
    public static long BornOf(Entry entry) => entry switch
    {
        MergeEntry merge => merge.Outputs.Min(o => o.Object.Born),
        _ => ObjectOf(entry)?.Born ?? long.MaxValue,
    };
}

/// <summary>A strong read: completes with a state at least as new as the register when the work was queued.</summary>
internal sealed class RefreshWork : CommitWork
{
    private readonly TaskCompletionSource<ShardState> _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Task<ShardState> Outcome => _completion.Task;

    public void Complete(ShardState state) => _completion.TrySetResult(state);

    public void Fail(Exception fault) => _completion.TrySetException(fault);
}

/// <summary>Asks for a checkpoint now, or says that one has been uploaded.</summary>
internal sealed class CheckpointWork(bool force) : CommitWork
{
    public bool Force => force;
}

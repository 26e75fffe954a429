using CloudStream.Log.Entries;
using CloudStream.Log.Flushes;
using CloudStream.Log.State;
using CloudStream.Storage;
using CloudStream.Storage.Objects;

namespace CloudStream.Log.Journal;

/// <summary>What the committer's inbox takes.</summary>
internal abstract class CommitWork
{
    /// <summary>Whether it is decided, and who waits for it was told.</summary>
    public virtual bool IsDone => true;

    /// <summary>Whether a commit of it may have happened, or may still happen, unknown to this process.</summary>
    public bool IsDoubtful { get; set; }
}

/// <summary>An uploaded flush. Flushes arrive in the order in which they were sealed.</summary>
internal sealed class FlushWork(Flush flush) : CommitWork
{
    private bool _isDone;
    private volatile bool _isUploading;

    public Flush Flush => flush;

    public override bool IsDone => _isDone;

    /// <summary>Its newest upload after the horizon voided its object. It never fails: see <see cref="UploadFailure"/>.</summary>
    public Task Upload { get; set; } = Task.CompletedTask;

    /// <summary>Why it could not be uploaded again.</summary>
    public StoreException? UploadFailure { get; set; }

    /// <summary>Whether its bytes are being read by an upload.</summary>
    public bool IsUploading
    {
        get => _isUploading;
        set => _isUploading = value;
    }

    /// <summary>Its outcomes are decided and its waiters answered.</summary>
    public void Done() => _isDone = true;
}

/// <summary>A control entry: proposed on the newest state, right before the commit.</summary>
internal sealed class ControlWork(Func<ShardState, Entry?> propose) : CommitWork
{
    private readonly TaskCompletionSource<CommitOutcome> _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Func<ShardState, Entry?> Propose => propose;

    public Task<CommitOutcome> Outcome => _completion.Task;

    public override bool IsDone => _completion.Task.IsCompleted;

    public void Complete(CommitResult result, ShardState state) => _completion.TrySetResult(new CommitOutcome(result, state));

    public void Fail(Exception fault) => _completion.TrySetException(fault);

    /// <summary>The object that an entry would make part of the state; null for entries that bear none.</summary>
    private static ObjectRef? ObjectOf(Entry entry) => entry switch
    {
        MergeEntry merge => merge.Outputs[0].Object,
        PageEntry page => page.Page.Page,
        CheckpointEntry checkpoint => checkpoint.Checkpoint,
        ObjectEntry large => large.Object,
        _ => null,
    };

    /// <summary>The earliest birth among the entry's objects; long.MaxValue for entries that bear none.</summary>
    public static long BornOf(Entry entry) => entry switch
    {
        MergeEntry merge => merge.Outputs.Min(o => o.Object.Born),
        CheckpointEntry { Spill: { } spill } checkpoint => Math.Min(checkpoint.Checkpoint.Born, spill.Object.Born),
        _ => ObjectOf(entry)?.Born ?? long.MaxValue,
    };
}

/// <summary>A strong read: completes with a state at least as new as the journal when the work was queued.</summary>
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

/// <summary>Wakes the loop: a wait is over, or an upload.</summary>
internal sealed class WakeWork : CommitWork
{
    public static readonly WakeWork Instance = new();
}

/// <summary>Nothing has been committed from here for a while.</summary>
internal sealed class IdleWork : CommitWork
{
    public static readonly IdleWork Instance = new();
}

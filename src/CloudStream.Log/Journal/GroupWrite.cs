using CloudStream.Log.Groups;
using CloudStream.Log.Runtime;

namespace CloudStream.Log.Journal;

/// <summary>What became of a change of a group.</summary>
/// <param name="Result">Applied; Withdrawn, for the reason given; Unknown; or Failed: it is not committed and never will be.</param>
/// <param name="Refusal">Why it was withdrawn; otherwise None.</param>
internal readonly record struct GroupWriteOutcome(CommitResult Result, GroupRefusal Refusal);

/// <summary>A change of a group on its way into its coordinator shard's journal. Thread-safe.</summary>
internal sealed class GroupWrite(int epoch, GroupChange change, bool isUrgent, int bytes)
{
    private readonly TaskCompletionSource<GroupWriteOutcome> _outcome = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _isTaken;

    public int Epoch => epoch;

    public GroupChange Change => change;

    public bool IsUrgent => isUrgent;

    /// <summary>How long it is in an entry.</summary>
    public int Bytes => bytes;

    /// <summary>What became of it.</summary>
    public Task<GroupWriteOutcome> Outcome => _outcome.Task.OnContext();

    /// <summary>Takes it back if nobody has begun to commit it: then it fails, and never takes effect.</summary>
    public bool TryWithdraw() => TryTake() && Complete(CommitResult.Failed);

    /// <summary>From now on it may be committed.</summary>
    public bool TryTake() => Interlocked.Exchange(ref _isTaken, 1) == 0;

    public bool Complete(CommitResult result, GroupRefusal refusal = GroupRefusal.None) =>
        _outcome.TrySetResult(new GroupWriteOutcome(result, refusal));

    public void Fail(Exception defect) => _outcome.TrySetException(defect);
}

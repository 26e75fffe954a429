using System.Diagnostics.CodeAnalysis;
using CloudStream.Log.Groups;
using CloudStream.Log.Journal;
using Microsoft.Extensions.Logging;

namespace CloudStream.Cluster.Groups.Membership;

/// <summary>
/// Writing: changes go into the coordinator shard's journal in the order in which they are decided, under the epoch of this coordinator.
/// What follows from each is done on the group's loop.
/// </summary>
internal sealed partial class Group
{
    private const int MaxWrites = 1024;

    private readonly Queue<PendingWrite> _writes = new();

    // Changes of the membership that were given up with an unknown outcome.
    private readonly List<PendingWrite> _doubtful = [];

    // A generation, its assignments, or a static member's new id, is being written: nobody may act on it or join it until it is in the
    // journal.
    private bool _isSettling;

    // The newest generation that was ever tried here: one whose outcome is unknown may still take effect, and its number with it.
    private int _tried;

    /// <summary>
    /// A change on its way, and what follows from its outcome: None once it is in the journal, or why it is not (or nobody knows).
    /// </summary>
    private sealed class PendingWrite(GroupWrite write, TimeSpan deadline, Action<GroupError> conclude)
    {
        private int _error = -1;

        public GroupWrite Write => write;

        public TimeSpan Deadline => deadline;

        public Action<GroupError> Conclude => conclude;

        public bool IsUrgent => write.IsUrgent;

        /// <summary>Completes when <see cref="Error"/> is set.</summary>
        public Task Followed { get; set; } = Task.CompletedTask;

        /// <summary>What became of it; null while nobody knows.</summary>
        public GroupError? Error
        {
            get => Volatile.Read(ref _error) is >= 0 and var error ? (GroupError)error : null;
            set => Volatile.Write(ref _error, (int)value!);
        }
    }

    /// <summary>What is committed of the group, by this coordinator and by those who need none; null for nothing.</summary>
    private StoredGroup? Stored => _shard.FindGroup(GroupId);

    private void Write(GroupChange change, Action<GroupError> conclude, bool isUrgent = false)
    {
        if (_writes.Count >= MaxWrites && !isUrgent)
        {
            conclude(GroupError.CoordinatorLoadInProgress);
            return;
        }

        var pending = new PendingWrite(_shard.Write(_epoch, change, isUrgent), Now + GroupPatience.Limit, conclude);
        _writes.Enqueue(pending);
        pending.Followed = FollowAsync(pending);
    }

    // For a change that must be in the journal before anything else happens to the membership. There is always room for it.
    private void Settle(GroupChange change, Action<GroupError> conclude)
    {
        _isSettling = true;
        Write(change, error =>
        {
            _isSettling = false;
            conclude(error);
        }, isUrgent: true);
    }

    [SuppressMessage("Design", "CA1031", Justification = "A change that meets a defect must not leave its caller without an answer.")]
    private async Task FollowAsync(PendingWrite pending)
    {
        try
        {
            pending.Error = GroupFailure.Of(await pending.Write.Outcome);
        }
        catch (Exception e)
        {
            LogChangeFailed(_context.Log, GroupId, e);
            pending.Error = GroupError.UnknownServerError;
        }

        Wake();
    }

    // In order. What takes too long is given up, as its caller has given it up: taken back, or of unknown outcome.
    private void ConcludeWrites()
    {
        if (_doubtful.RemoveAll(static w => w.Error == GroupError.None) > 0 && _end is null)
        {
            // It took effect after all: what is known here of the members is no longer what is committed.
            LogReloads(_context.Log, GroupId, _epoch);
            PutAway();
        }

        while (_writes.TryPeek(out var first) && (first.Error is not null || first.Deadline <= Now))
        {
            _writes.Dequeue();
            var error = first.Error ?? GroupPatience.GiveUp(first.Write);
            if (error == GroupError.RequestTimedOut && first.IsUrgent)
                _doubtful.Add(first);
            if (error is not (GroupError.None or GroupError.GroupIdNotFound or GroupError.NonEmptyGroup))
                LogNotWritten(_context.Log, GroupId, error);
            if (error == GroupError.NotCoordinator && _end is null)
                StepDown();
            Publish();
            first.Conclude(error);
        }
    }

    private int NextGeneration() => _tried = Math.Max(Math.Max(_generation, _tried), Stored?.Generation ?? 0) + 1;

    [LoggerMessage(2112, LogLevel.Warning, "A change of group {Group} could not be written ({Error})")]
    private static partial void LogNotWritten(ILogger log, string group, GroupError error);

    [LoggerMessage(2119, LogLevel.Information,
        "Group {Group} is loaded again (epoch {Epoch}): a change whose outcome was unknown took effect")]
    private static partial void LogReloads(ILogger log, string group, int epoch);

    [LoggerMessage(2118, LogLevel.Error, "A change of group {Group} failed")]
    private static partial void LogChangeFailed(ILogger log, string group, Exception fault);
}

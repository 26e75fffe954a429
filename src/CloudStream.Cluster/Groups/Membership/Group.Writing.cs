using System.Diagnostics.CodeAnalysis;
using CloudStream.Cluster.Groups.Registers;
using CloudStream.Storage;
using Microsoft.Extensions.Logging;

namespace CloudStream.Cluster.Groups.Membership;

/// <summary>Writing: one compare-and-swap at a time beside the loop, with every change that waited for it.</summary>
internal sealed partial class Group
{
    private const int MaxChanges = 1024;

    private readonly List<GroupChange> _changes = [];
    private KnownGroup? _known;
    private Task? _write;
    private WriteOutcome? _outcome; // Set when the write has come to an end, right before it wakes the loop.

    // A generation, or a static member's new id, is being written: nobody may act on it or join it until it is in the store.
    private bool _isSettling;

    /// <summary>What a write came to, change by change.</summary>
    private sealed record WriteOutcome(
        KnownGroup? Known, IReadOnlyList<(GroupChange Change, GroupError Error)> Changes, GroupError? End = null);

    private void Write(GroupChange change)
    {
        if (_changes.Count < MaxChanges)
            _changes.Add(change);
        else
            change.Conclude(GroupError.CoordinatorLoadInProgress);
    }

    // For a change that must be in the store before anything else happens to the membership. There is always room for it.
    private void Settle(Func<GroupRegister, GroupRegister> apply, Action<GroupError> conclude)
    {
        _isSettling = true;
        _changes.Add(new GroupChange(apply, error =>
        {
            _isSettling = false;
            conclude(error);
        }));
    }

    private void StartWrite(CancellationToken stopping)
    {
        if (_write is not null || _changes.Count == 0)
            return;
        _write = WriteAsync(_known, [.. _changes], stopping);
        _changes.Clear();
    }

    private void ConcludeWrite()
    {
        if (Volatile.Read(ref _outcome) is not { } outcome)
            return;
        (_write, _outcome) = (null, null);
        _known = outcome.Known;
        if (outcome.End == GroupError.NotCoordinator)
            StepDown();
        else if (outcome.End is not null)
            Reload();
        Publish();
        foreach (var (change, error) in outcome.Changes)
            change.Conclude(error);
    }

    private async Task WriteAsync(KnownGroup? known, IReadOnlyList<GroupChange> changes, CancellationToken stopping)
    {
        try
        {
            Volatile.Write(ref _outcome, await TryApplyAsync(known, changes, stopping));
        }
        finally
        {
            Wake();
        }
    }

    [SuppressMessage("Design", "CA1031", Justification = "A change that meets a defect must not leave the others without an answer.")]
    private async Task<WriteOutcome> TryApplyAsync(KnownGroup? known, IReadOnlyList<GroupChange> changes, CancellationToken stopping)
    {
        try
        {
            return await ApplyAsync(known, changes, stopping);
        }
        catch (StoreException e) when (e.Kind == StoreErrorKind.Invalid && changes.Count > 1)
        {
            // All together they do not fit: whoever brings too much must not take the others with it.
            LogNotWritten(_context.Log, GroupId, e.Kind);
        }
        catch (StoreException e)
        {
            LogNotWritten(_context.Log, GroupId, e.Kind);
            return Failed(changes, GroupFailure.Of(e));
        }
        catch (OperationCanceledException)
        {
            return Failed(changes, GroupError.RequestTimedOut);
        }
        catch (Exception e) when (changes.Count == 1)
        {
            LogChangeFailed(_context.Log, GroupId, e);
            return Failed(changes, GroupError.UnknownServerError);
        }
        catch (Exception)
        {
            // A defect that one of them meets: whose it is shows one by one.
        }

        return await ApplyOneByOneAsync(changes, stopping);
    }

    private async Task<WriteOutcome> ApplyAsync(KnownGroup? known, IReadOnlyList<GroupChange> changes, CancellationToken stopping)
    {
        GroupError? end = null;
        var after = await _context.Registers.ChangeAsync(GroupId, known, Apply, stopping);
        return new WriteOutcome(after, [.. changes.Select(c => (c, end ?? GroupError.None))], end);

        GroupRegister? Apply(GroupRegister group)
        {
            end = group.Claim.Epoch > _claim.Epoch ? GroupError.NotCoordinator
                : IsOutdatedBy(group) ? GroupError.CoordinatorLoadInProgress
                : null;
            if (end is not null)
                return null;
            group = group with { Claim = _claim };
            foreach (var change in changes)
                group = change.Apply(group);
            return group;
        }
    }

    // Until our claim is in the register the former coordinator, which may not know that it is none, can still form a generation or let a
    // static member back in. What we remember of the members is then no longer true, and a commit by it would come after the generation
    // that fences it off.
    private bool IsOutdatedBy(GroupRegister group) =>
        group.Claim.Epoch > 0 && group.Claim.Epoch < _claim.Epoch
            && (group.Generation != _remembered.Generation || !group.Members.SequenceEqual(_remembered.Members));

    private async Task<WriteOutcome> ApplyOneByOneAsync(IReadOnlyList<GroupChange> changes, CancellationToken stopping)
    {
        KnownGroup? known = null;
        var (outcomes, end) = (new List<(GroupChange, GroupError)>(), (GroupError?)null);
        foreach (var change in changes)
        {
            var one = await TryApplyAsync(known, [change], stopping);
            (known, end) = (one.Known, end ?? one.End);
            outcomes.AddRange(one.Changes);
        }

        return new WriteOutcome(known, outcomes, end);
    }

    // What is in the register now nobody knows, so the next write reads it first.
    private static WriteOutcome Failed(IReadOnlyList<GroupChange> changes, GroupError error) =>
        new(null, [.. changes.Select(c => (c, error))]);

    [LoggerMessage(2112, LogLevel.Warning, "A change of group {Group} could not be written ({Kind})")]
    private static partial void LogNotWritten(ILogger log, string group, StoreErrorKind kind);

    [LoggerMessage(2118, LogLevel.Error, "A change of group {Group} failed")]
    private static partial void LogChangeFailed(ILogger log, string group, Exception fault);
}

using Microsoft.Extensions.Logging;

namespace CloudStream.Cluster.Groups.Membership;

/// <summary>Presence: members show themselves, leave, or fall silent.</summary>
internal sealed partial class Group
{
    /// <summary>A member shows that it lives.</summary>
    public void Heartbeat(HeartbeatRequest request, Reply<GroupError> reply)
    {
        var error = ErrorOf(request.MemberId, request.GroupInstanceId, request.GenerationId);
        if (error == GroupError.None)
        {
            ShowItself(_members[request.MemberId]);
            error = _state == GroupState.PreparingRebalance ? GroupError.RebalanceInProgress : GroupError.None;
        }

        reply.Send(error);
    }

    /// <summary>Members leave.</summary>
    public void Leave(LeaveGroupRequest request, Reply<LeaveGroupResult> reply)
    {
        var before = _members.Count;
        var errors = request.Members.Select(Leave).ToList();
        if (_members.Count < before)
            AfterDeparture();
        else
            CompleteJoinWhenAllAreHere(); // It may have waited for one that only had an id.
        Publish();
        reply.Send(new LeaveGroupResult(GroupError.None, errors));
    }

    private GroupError Leave(LeavingMember leaving)
    {
        var id = leaving.MemberId;
        if (id.Length == 0 && leaving.GroupInstanceId is { } instance)
            id = _statics.GetValueOrDefault(instance, "");
        if (_pending.Remove(id))
            return GroupError.None;
        var error = ErrorOf(id, leaving.GroupInstanceId);
        if (error == GroupError.None)
            Drop(_members[id], GroupError.UnknownMemberId);
        return error;
    }

    private void AfterDeparture()
    {
        if (_state is GroupState.Stable or GroupState.CompletingRebalance)
            PrepareRebalance();
        else
            CompleteJoinWhenAllAreHere();
    }

    // While a generation is being written nobody can rejoin or sync, so nobody is late either.
    private void Expire()
    {
        if (_isSettling)
            return;
        var now = Now;
        foreach (var id in _pending.Where(p => p.Value <= now).Select(p => p.Key).ToList())
            _pending.Remove(id);
        ExpireMembers(now);
        if (_awaitedSyncs.Count > 0 && _syncDeadline <= now)
            DropWhoNeverSynced();
        CompleteJoinWhenAllAreHere();
        if (_state == GroupState.PreparingRebalance && !_isSettling && _joinDeadline <= now)
            PassJoinDeadline();
    }

    private void ExpireMembers(TimeSpan now)
    {
        var silent = _members.Values.Where(m => m.MayExpire && m.Deadline <= now).ToList();
        foreach (var member in silent)
        {
            LogSilent(_context.Log, member.Id, GroupId);
            Drop(member, GroupError.UnknownMemberId);
        }

        if (silent.Count > 0)
            AfterDeparture();
    }

    private void DropWhoNeverSynced()
    {
        foreach (var id in _awaitedSyncs.ToList())
        {
            LogNotSynced(_context.Log, id, GroupId);
            Drop(_members[id], GroupError.UnknownMemberId);
        }

        AfterDeparture();
    }

    // In the group's time; MaxValue for never.
    private TimeSpan NextDeadline()
    {
        var next = _writes.TryPeek(out var first) ? first.Deadline : TimeSpan.MaxValue;
        if (_isSettling)
            return next;
        if (_state == GroupState.PreparingRebalance && _joinDeadline < next)
            next = _joinDeadline;
        if (_awaitedSyncs.Count > 0 && _syncDeadline < next)
            next = _syncDeadline;
        foreach (var deadline in _pending.Values)
            next = deadline < next ? deadline : next;
        foreach (var member in _members.Values)
            next = member.MayExpire && member.Deadline < next ? member.Deadline : next;
        return next;
    }

    private void ShowItself(Member member) => member.Deadline = Now + member.SessionTimeout;

    private GroupError ErrorOf(string memberId, string? instanceId)
    {
        if (instanceId is null)
            return _members.ContainsKey(memberId) ? GroupError.None : GroupError.UnknownMemberId;
        if (!_statics.TryGetValue(instanceId, out var present))
            return GroupError.UnknownMemberId;
        return present == memberId ? GroupError.None : GroupError.FencedInstanceId;
    }

    private GroupError ErrorOf(string memberId, string? instanceId, int generationId) =>
        ErrorOf(memberId, instanceId) is var error and not GroupError.None ? error
        : generationId != _generation ? GroupError.IllegalGeneration
        : GroupError.None;

    [LoggerMessage(2115, LogLevel.Information, "Member {Member} of group {Group} fell silent")]
    private static partial void LogSilent(ILogger log, string member, string group);

    [LoggerMessage(2116, LogLevel.Information, "Member {Member} of group {Group} never asked for its assignment")]
    private static partial void LogNotSynced(ILogger log, string member, string group);
}

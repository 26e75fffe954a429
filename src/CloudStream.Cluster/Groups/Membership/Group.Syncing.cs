namespace CloudStream.Cluster.Groups.Membership;

/// <summary>Syncing: the leader brings the assignment, everybody gets its part.</summary>
internal sealed partial class Group
{
    /// <summary>A member asks for its assignment.</summary>
    public void Sync(SyncGroupRequest request, Reply<SyncGroupResult> reply)
    {
        if (ErrorOf(request.MemberId, request.GroupInstanceId, request.GenerationId) is var error and not GroupError.None)
            reply.Refuse(error);
        else if ((request.ProtocolType ?? _protocolType) != _protocolType || (request.ProtocolName ?? _protocolName) != _protocolName)
            reply.Refuse(GroupError.InconsistentGroupProtocol);
        else if (_state == GroupState.PreparingRebalance)
            reply.Refuse(GroupError.RebalanceInProgress);
        else
            Sync(_members[request.MemberId], request, reply);
    }

    private void Sync(Member member, SyncGroupRequest request, Reply<SyncGroupResult> reply)
    {
        _awaitedSyncs.Remove(member.Id);
        ShowItself(member);
        if (_state == GroupState.Stable)
        {
            reply.Send(Synced(member));
            return;
        }

        member.Syncing?.Refuse(GroupError.RebalanceInProgress); // An earlier try that the client gave up.
        member.Syncing = reply;
        if (member.Id == _leaderId)
            Assign(request.Assignments);
    }

    // The assignment lives in memory alone: a coordinator that dies takes it along, and the members form another generation.
    private void Assign(IReadOnlyDictionary<string, ReadOnlyMemory<byte>> assignments)
    {
        _state = GroupState.Stable;
        Publish();
        foreach (var member in _members.Values)
        {
            member.Assignment = assignments.TryGetValue(member.Id, out var assignment) ? assignment : default;
            if (member.Syncing is not { } waiting)
                continue;
            waiting.Send(Synced(member));
            member.Syncing = null;
            ShowItself(member);
        }
    }

    private SyncGroupResult Synced(Member member) => new(GroupError.None, member.Assignment, _protocolType, _protocolName);
}

using CloudStream.Log.Groups;

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

    // Written before any member hears of it: whoever coordinates next goes on with it.
    private void Assign(IReadOnlyDictionary<string, ReadOnlyMemory<byte>> assignments)
    {
        ReadOnlyMemory<byte>[] parts =
            [.. _members.Values.Select(m => assignments.TryGetValue(m.Id, out var assignment) ? assignment : default)];
        Settle(new GenerationAssigned(GroupId, _generation, [.. parts]), error =>
        {
            if (error == GroupError.None)
                Distribute(parts);
            else
                TakeBack(Retriable(error));
        });
    }

    private void Distribute(ReadOnlyMemory<byte>[] parts)
    {
        _state = GroupState.Stable;
        Publish();
        foreach (var (member, part) in _members.Values.Zip(parts))
        {
            member.Assignment = part;
            if (member.Syncing is not { } waiting)
                continue;
            waiting.Send(Synced(member));
            member.Syncing = null;
            ShowItself(member);
        }
    }

    // The assignments are not in the journal, or nobody knows: the members form another generation.
    private void TakeBack(GroupError error)
    {
        foreach (var member in _members.Values)
        {
            member.Syncing?.Refuse(error);
            member.Syncing = null;
            ShowItself(member);
        }

        if (_end is null)
            PrepareRebalance();
    }

    private SyncGroupResult Synced(Member member) => new(GroupError.None, member.Assignment, _protocolType, _protocolName);
}

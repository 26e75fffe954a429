using CloudStream.Cluster.Groups.Assignment;
using CloudStream.Log.Groups;

namespace CloudStream.Cluster.Groups.Membership;

/// <summary>Joining: who may, under which id, and whether a new generation is needed for it.</summary>
internal sealed partial class Group
{
    // Client ids may be long, and every member's id is in each generation's entry.
    private const int MaxIdPrefix = 100;

    // A new member that never hears of its generation cannot show itself, so it is given this long instead of its session timeout.
    private static readonly TimeSpan s_newMemberPatience = TimeSpan.FromMinutes(5);

    /// <summary>A member joins.</summary>
    public void Join(JoinGroupRequest request, Reply<JoinGroupResult> reply)
    {
        if (!HasRoomFor(request.MemberId))
            reply.Send(JoinGroupResult.Failed(GroupError.GroupMaxSizeReached, ""));
        else if (!Supports(request))
            reply.Send(JoinGroupResult.Failed(GroupError.InconsistentGroupProtocol, request.MemberId));
        else if (request.MemberId.Length > 0)
            JoinKnown(request, reply);
        else if (request.GroupInstanceId is { } instance)
            JoinStatic(instance, request, reply);
        else
            JoinDynamic(request, reply);
    }

    // Those that waited before a limit was reached may come in; the count is of who waits while a generation is formed, of all members
    // otherwise.
    private bool HasRoomFor(string memberId) => _state switch
    {
        GroupState.Empty => true,
        GroupState.PreparingRebalance => _members.GetValueOrDefault(memberId)?.Joining is not null
            || _members.Values.Count(m => m.Joining is not null) < _context.Settings.MaxSize,
        _ => _members.ContainsKey(memberId) || _members.Count < _context.Settings.MaxSize,
    };

    private bool Supports(JoinGroupRequest request)
    {
        if (request.ProtocolType.Length == 0 || request.Protocols.Count == 0)
            return false;
        return _members.Count == 0 || (_protocolType == request.ProtocolType
            && request.Protocols.Any(p => _members.Values.All(m => m.Protocols.Any(o => o.Name == p.Name))));
    }

    private void JoinDynamic(JoinGroupRequest request, Reply<JoinGroupResult> reply)
    {
        var id = NewMemberId(request.ClientId);
        if (!request.RequireKnownMemberId)
        {
            Add(new Member(id, null), request, reply);
            return;
        }

        if (_pending.Count >= GroupSettings.MaxMembers)
        {
            reply.Refuse(GroupError.CoordinatorLoadInProgress);
            return;
        }

        _pending[id] = Now + request.SessionTimeout;
        reply.Send(JoinGroupResult.Failed(GroupError.MemberIdRequired, id));
    }

    private void JoinStatic(string instance, JoinGroupRequest request, Reply<JoinGroupResult> reply)
    {
        var id = NewMemberId(instance);
        if (_statics.TryGetValue(instance, out var present))
            Replace(_members[present], new Member(id, instance), request, reply);
        else
            Add(new Member(id, instance), request, reply);
    }

    private void JoinKnown(JoinGroupRequest request, Reply<JoinGroupResult> reply)
    {
        if (request.GroupInstanceId is null && _pending.Remove(request.MemberId))
        {
            Add(new Member(request.MemberId, null), request, reply);
            return;
        }

        if (ErrorOf(request.MemberId, request.GroupInstanceId) is var error and not GroupError.None)
        {
            reply.Send(JoinGroupResult.Failed(error, request.MemberId));
            return;
        }

        var member = _members[request.MemberId];
        var mustRebalance = _state == GroupState.PreparingRebalance || !member.Offers(request.Protocols)
            || (_state == GroupState.Stable && member.Id == _leaderId);
        if (mustRebalance)
            Rejoin(member, request, reply);
        else
            reply.Send(Joined(member)); // It has not heard of its generation, whose answer was lost.
    }

    private void Add(Member member, JoinGroupRequest request, Reply<JoinGroupResult> reply)
    {
        if (_members.Count == 0)
            _protocolType = request.ProtocolType;
        member.IsNew = true;
        _members.Add(member.Id, member);
        if (member.InstanceId is { } instance)
            _statics[instance] = member.Id;
        _hasNewcomer |= _state == GroupState.PreparingRebalance && _generation == 0;
        Rejoin(member, request, reply);
        member.Deadline = Now + s_newMemberPatience;
    }

    private void Rejoin(Member member, JoinGroupRequest request, Reply<JoinGroupResult> reply)
    {
        member.Joining?.Refuse(GroupError.RebalanceInProgress); // An earlier try that the client gave up.
        member.Update(request);
        member.Joining = reply;
        if (_state == GroupState.PreparingRebalance)
            CompleteJoinWhenAllAreHere();
        else
            PrepareRebalance();
    }

    // A static member comes back: it takes its former self's place, which is fenced off from now on.
    private void Replace(Member old, Member member, JoinGroupRequest request, Reply<JoinGroupResult> reply)
    {
        if (_state == GroupState.Stable && IsSameTo(old, request))
        {
            member.Update(request);
            Settle(
                new MemberReplaced(GroupId, _generation, old.Id, member.ToStored()),
                error => ConcludeReplacement(error, old, member, request, reply));
            return;
        }

        TakePlace(old, member, request);
        Rejoin(member, request, reply);
    }

    private void ConcludeReplacement(GroupError error, Member old, Member member, JoinGroupRequest request, Reply<JoinGroupResult> reply)
    {
        if (error != GroupError.None)
        {
            reply.Refuse(Retriable(error));
            return;
        }

        var leader = _leaderId;
        TakePlace(old, member, request);
        var skips = request.SupportsSkippingAssignment && member.Id == _leaderId;
        reply.Send(new JoinGroupResult
        {
            Error = GroupError.None,
            MemberId = member.Id,
            GenerationId = _generation,
            ProtocolType = _protocolType,
            ProtocolName = _protocolName,
            // One that cannot skip must not take itself for the leader, whose assignment stands.
            LeaderId = request.SupportsSkippingAssignment ? _leaderId : leader,
            SkipAssignment = skips,
            Members = skips ? MembersForLeader() : [],
        });
    }

    private void TakePlace(Member old, Member member, JoinGroupRequest request)
    {
        old.Refuse(GroupError.FencedInstanceId);
        member.Update(request);
        member.Assignment = old.Assignment;
        member.Deadline = Now + member.SessionTimeout;
        member.IsNew = old.IsNew;
        _members.Insert(_members.IndexOf(old.Id), member.Id, member);
        _members.Remove(old.Id);
        _statics[member.InstanceId!] = member.Id;
        if (_awaitedSyncs.Remove(old.Id))
            _awaitedSyncs.Add(member.Id);
        if (_leaderId == old.Id)
            _leaderId = member.Id;
    }

    // Whether the assignment can stand: the same protocol would be elected and, of a consumer, the same topics are wanted. What else it
    // says changes with every start.
    private bool IsSameTo(Member old, JoinGroupRequest request)
    {
        var before = old.Protocols;
        old.Protocols = request.Protocols;
        var elected = ElectProtocol();
        old.Protocols = before;
        if (elected is null || elected != _protocolName)
            return false;
        if (_protocolType != ConsumerProtocol.ProtocolType)
            return true;
        var metadata = request.Protocols.First(p => p.Name == elected).Metadata;
        return ConsumerSubscription.TryRead(old.MetadataFor(elected).Span, out var then)
            && ConsumerSubscription.TryRead(metadata.Span, out var now)
            ? then.Topics.ToHashSet(StringComparer.Ordinal).SetEquals(now.Topics)
            : old.MetadataFor(elected).Span.SequenceEqual(metadata.Span);
    }

    private string NewMemberId(string prefix) =>
        $"{(prefix.Length <= MaxIdPrefix ? prefix : prefix[..MaxIdPrefix])}-{_context.Runtime.Random.NextGuid()}";

    private JoinGroupResult Joined(Member member) => new()
    {
        Error = GroupError.None,
        MemberId = member.Id,
        GenerationId = _generation,
        ProtocolType = _protocolType,
        ProtocolName = _protocolName,
        LeaderId = _leaderId,
        Members = member.Id == _leaderId ? MembersForLeader() : [],
    };

    private IReadOnlyList<JoinedMember> MembersForLeader() =>
        [.. _members.Values.Select(m => new JoinedMember(m.Id, m.InstanceId, m.MetadataFor(_protocolName)))];

    // Joins and syncs know no "timed out"; whatever became of the write, to look for the coordinator and come back is right.
    private static GroupError Retriable(GroupError error) =>
        error is GroupError.RequestTimedOut ? GroupError.CoordinatorNotAvailable : error;
}

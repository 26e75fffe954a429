using CloudStream.Cluster.Groups.Assignment;
using CloudStream.Cluster.Groups.Offsets;
using CloudStream.Cluster.Topics;
using CloudStream.Log.Calls;
using CloudStream.Log.Groups;

namespace CloudStream.Cluster.Groups.Membership;

/// <summary>Offsets: who may commit, what may be taken out.</summary>
internal sealed partial class Group
{
    /// <summary>Commits offsets whose parts have been looked at.</summary>
    public void Commit(CommitOffsetsRequest request, PreparedCommit commit, Reply<CommitOffsetsResult> reply)
    {
        if (CommitErrorOf(request) is var error and not GroupError.None)
        {
            reply.Refuse(error);
            return;
        }

        if (_members.TryGetValue(request.MemberId, out var member))
            ShowItself(member);
        if (commit.Offsets.Count == 0)
            reply.Send(commit.Outcome(GroupError.None));
        else
            Write(new OffsetsCommitted(GroupId, commit.Offsets), e => reply.Send(commit.Outcome(e)));
    }

    /// <summary>Takes offsets out, save those of topics that a member is subscribed to.</summary>
    /// <param name="partitions">The partitions, as the request has them.</param>
    /// <param name="ids">For each its id; null for one that does not exist.</param>
    /// <param name="reply">Where the answer goes.</param>
    public void DeleteOffsets(IReadOnlyList<TopicPartition> partitions, IReadOnlyList<PartitionId?> ids,
        Reply<DeleteOffsetsResult> reply)
    {
        if (Stored is null && _members.Count == 0)
        {
            reply.Refuse(GroupError.GroupIdNotFound);
            return;
        }

        if (_members.Count > 0 && _protocolType != ConsumerProtocol.ProtocolType)
        {
            reply.Refuse(GroupError.NonEmptyGroup);
            return;
        }

        var errors = partitions.Select((p, i) => ids[i] is null ? GroupError.UnknownTopicOrPartition
            : IsSubscribedTo(p.Topic) ? GroupError.GroupSubscribedToTopic
            : GroupError.None).ToList();
        var doomed = ids.Where((id, i) => errors[i] == GroupError.None).Select(id => id!.Value).ToList();
        if (doomed.Count == 0)
        {
            reply.Send(new DeleteOffsetsResult(GroupError.None, errors));
            return;
        }

        Write(new OffsetsDeleted(GroupId, [.. doomed]), error => reply.Send(error == GroupError.None
            ? new DeleteOffsetsResult(GroupError.None, errors)
            : new DeleteOffsetsResult(error, [])));
    }

    /// <summary>Takes out what has expired by now of what is stored.</summary>
    public void Expire(OffsetExpiry expiry, Reply<GroupError> reply)
    {
        var expired = Stored is { } group && group.HasMembers == _members.Count > 0 ? expiry.Of(group, SubscribedTopics()) : null;
        if (expired is null || expired.Count == 0)
            reply.Send(GroupError.None);
        else
            Write(new OffsetsExpired(GroupId, expired), reply.Send);
    }

    /// <summary>Deletes the group if it has no members; otherwise NonEmptyGroup.</summary>
    public void Delete(Reply<GroupError> reply)
    {
        if (_members.Count > 0 || _state != GroupState.Empty)
            reply.Send(GroupError.NonEmptyGroup);
        else
            Settle(new GroupDeleted(GroupId), error =>
            {
                if (error == GroupError.None)
                    PutAway();
                reply.Send(error);
            });
    }

    /// <summary>Goes out of memory if nothing would be lost; otherwise NonEmptyGroup.</summary>
    public void PutAway(Reply<GroupError> reply)
    {
        if (_members.Count > 0 || _state != GroupState.Empty)
        {
            reply.Send(GroupError.NonEmptyGroup);
            return;
        }

        PutAway();
        reply.Send(GroupError.None);
    }

    private GroupError CommitErrorOf(CommitOffsetsRequest request)
    {
        var isMembers = request.GenerationId >= 0 || request.MemberId.Length > 0 || request.GroupInstanceId is not null;
        if (!isMembers || (request.GenerationId < 0 && _state == GroupState.Empty))
            return _state == GroupState.Empty || _members.Count == 0 ? GroupError.None : GroupError.UnknownMemberId;
        if (ErrorOf(request.MemberId, request.GroupInstanceId, request.GenerationId) is var error and not GroupError.None)
            return Stored is null && _members.Count == 0 && request.GenerationId >= 0 ? GroupError.IllegalGeneration : error;
        // The member knows of its generation and not yet of its assignment: it cannot have read anything in it.
        return _state == GroupState.CompletingRebalance ? GroupError.RebalanceInProgress : GroupError.None;
    }

    // Null: nobody can say, so all of them may be.
    private HashSet<string>? SubscribedTopics()
    {
        var topics = new HashSet<string>(StringComparer.Ordinal);
        foreach (var member in _members.Values)
        {
            if (_protocolType != ConsumerProtocol.ProtocolType || member.Protocols.Count == 0)
                return null;
            var metadata = member.Protocols.FirstOrDefault(p => p.Name == _protocolName, member.Protocols[0]).Metadata;
            if (!ConsumerSubscription.TryRead(metadata.Span, out var subscription))
                return null;
            topics.UnionWith(subscription.Topics);
        }

        return topics;
    }

    private bool IsSubscribedTo(string topic) => _members.Count > 0 && (SubscribedTopics()?.Contains(topic) ?? true);
}

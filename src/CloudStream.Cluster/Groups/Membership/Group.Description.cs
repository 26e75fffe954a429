namespace CloudStream.Cluster.Groups.Membership;

/// <summary>Descriptions: what others may see of a group.</summary>
internal sealed partial class Group
{
    private GroupListing? _listing;
    private int _memberCount;

    /// <summary>What a list shows of it; null while it would be no group if it went now. Readable from anywhere.</summary>
    public GroupListing? Listing => Volatile.Read(ref _listing);

    /// <summary>How many members it has. Readable from anywhere.</summary>
    public int MemberCount => Volatile.Read(ref _memberCount);

    // Without members it is empty to others, though the journal may still be being told so: who has just left may look at once.
    private GroupState ShownState => _members.Count == 0 ? GroupState.Empty : _state;

    /// <summary>Describes the group.</summary>
    public void Describe(Reply<GroupDescription> reply)
    {
        var isDead = Stored is null && _members.Count == 0 && _state == GroupState.Empty;
        var isStable = _state == GroupState.Stable;
        reply.Send(new GroupDescription
        {
            Error = GroupError.None,
            GroupId = GroupId,
            State = isDead ? GroupState.Dead : ShownState,
            ProtocolType = _protocolType ?? "",
            ProtocolName = isStable ? _protocolName ?? "" : "",
            GenerationId = _generation,
            LeaderId = _leaderId,
            Members = [.. _members.Values.Select(m => new MemberDescription(
                m.Id, m.InstanceId, m.ClientId, m.ClientHost, isStable ? m.MetadataFor(_protocolName) : default,
                isStable ? m.Assignment : default))],
        });
    }

    // Before a caller hears of a change, as it may look at once.
    private void Publish()
    {
        Volatile.Write(ref _memberCount, _members.Count);
        var isGroup = Stored is not null || _members.Count > 0;
        var now = _listing;
        if (isGroup && (now is null || now.State != ShownState || now.ProtocolType != (_protocolType ?? "")))
            Volatile.Write(ref _listing, new GroupListing(GroupId, _protocolType ?? "", ShownState));
        else if (!isGroup && now is not null)
            Volatile.Write(ref _listing, null);
    }
}

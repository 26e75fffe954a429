using CloudStream.Log.Groups;

namespace CloudStream.Cluster.Groups.Membership;

/// <summary>A member as its coordinator knows it. Belongs to the group's loop.</summary>
internal sealed class Member(string id, string? instanceId)
{
    /// <summary>Its id.</summary>
    public string Id { get; } = id;

    /// <summary>A static member's instance id, or null.</summary>
    public string? InstanceId { get; } = instanceId;

    public string ClientId { get; set; } = "";

    public string ClientHost { get; set; } = "";

    public TimeSpan SessionTimeout { get; set; }

    public TimeSpan RebalanceTimeout { get; set; }

    /// <summary>What it supports, the preferred one first.</summary>
    public IReadOnlyList<GroupProtocol> Protocols { get; set; } = [];

    public ReadOnlyMemory<byte> Assignment { get; set; }

    /// <summary>When it is thrown out unless it shows itself before, in the group's time.</summary>
    public TimeSpan Deadline { get; set; }

    /// <summary>Whether it has not been in any generation yet.</summary>
    public bool IsNew { get; set; }

    /// <summary>Its join, waiting for the generation to be formed.</summary>
    public Reply<JoinGroupResult>? Joining { get; set; }

    /// <summary>Its sync, waiting for the leader's assignment.</summary>
    public Reply<SyncGroupResult>? Syncing { get; set; }

    /// <summary>
    /// Whether silence counts against it. A member that waits for us cannot show itself; one that has never been in a generation may have
    /// given up long ago, and nobody would ever notice.
    /// </summary>
    public bool MayExpire => Syncing is null && (Joining is null || IsNew);

    /// <summary>As a new generation has it: without an assignment.</summary>
    public StoredMember ToStored() => new(
        Id, InstanceId, ClientId, ClientHost, (int)SessionTimeout.TotalMilliseconds, (int)RebalanceTimeout.TotalMilliseconds,
        [.. Protocols.Select(p => new StoredProtocol(p.Name, p.Metadata))], default);

    /// <summary>A member that another coordinator, or this process before its restart, has written.</summary>
    public static Member Of(StoredMember stored) => new(stored.Id, stored.InstanceId)
    {
        ClientId = stored.ClientId,
        ClientHost = stored.ClientHost,
        SessionTimeout = TimeSpan.FromMilliseconds(stored.SessionTimeoutMs),
        RebalanceTimeout = TimeSpan.FromMilliseconds(stored.RebalanceTimeoutMs),
        Protocols = [.. stored.Protocols.Select(p => new GroupProtocol(p.Name, p.Metadata))],
        Assignment = stored.Assignment,
    };

    /// <summary>What it says for a protocol; empty when it does not support it.</summary>
    public ReadOnlyMemory<byte> MetadataFor(string? protocol)
    {
        foreach (var offered in Protocols)
        {
            if (offered.Name == protocol)
                return offered.Metadata;
        }

        return default;
    }

    /// <summary>Whether it supports exactly these protocols, said the same way.</summary>
    public bool Offers(IReadOnlyList<GroupProtocol> protocols)
    {
        if (protocols.Count != Protocols.Count)
            return false;
        for (var i = 0; i < protocols.Count; i++)
        {
            if (protocols[i].Name != Protocols[i].Name || !protocols[i].Metadata.Span.SequenceEqual(Protocols[i].Metadata.Span))
                return false;
        }

        return true;
    }

    /// <summary>Takes over what a join says.</summary>
    public void Update(JoinGroupRequest request)
    {
        (ClientId, ClientHost) = (request.ClientId, request.ClientHost);
        (SessionTimeout, RebalanceTimeout) = (request.SessionTimeout, request.RebalanceTimeout);
        Protocols = request.Protocols;
    }

    /// <summary>Answers whatever of its calls waits.</summary>
    public void Refuse(GroupError error)
    {
        Joining?.Refuse(error);
        Syncing?.Refuse(error);
        (Joining, Syncing) = (null, null);
    }
}

using CloudStream.Cluster.Groups;
using CloudStream.Http.Face;
using CloudStream.Http.Problems;
using CloudStream.Http.Requests;
using CloudStream.Http.Transport;
using Microsoft.AspNetCore.Http;

namespace CloudStream.Http.Groups.Members;

/// <summary>A request about a member of a group, and what becomes of it when the group says no.</summary>
internal readonly record struct GroupRequest(HttpFace Face, MemberSessions Sessions, HttpContext Context)
{
    /// <summary>The group of the route.</summary>
    public string Group => new QueryReader(Context).Group;

    /// <summary>The member of the route.</summary>
    public string Member => new QueryReader(Context).Member;

    /// <summary>Cancelled when the client goes away.</summary>
    public CancellationToken Aborted => Context.RequestAborted;

    /// <summary>Signalled when the client will send nothing more, and may be gone.</summary>
    public CancellationToken SentAll => HalfClose.Of(Context);

    /// <summary>The member's session.</summary>
    /// <exception cref="RequestRejectedException">There is none here: it is over, or was another broker's.</exception>
    public async ValueTask<MemberSession> FindSessionAsync()
    {
        if (Sessions.Find(Group, Member) is { } session)
            return session;
        var coordinator = await Face.Broker.Groups.FindCoordinatorAsync(Group, Aborted);
        var isElsewhere = coordinator.Coordinator is { } broker && broker.Id != Face.Broker.BrokerId;
        throw new RequestRejectedException(
            await GroupProblem.FromAsync(Face, Context, Group, isElsewhere ? GroupError.NotCoordinator : GroupError.UnknownMemberId));
    }

    /// <summary>Refuses unless the call succeeded, and ends the session where there is no member any more.</summary>
    public async ValueTask RequireAsync(GroupError error, MemberSession? session = null)
    {
        if (error == GroupError.None)
            return;
        if (session is not null && error is GroupError.UnknownMemberId or GroupError.FencedInstanceId or GroupError.NotCoordinator)
            Sessions.Remove(session!);
        throw new RequestRejectedException(await GroupProblem.FromAsync(Face, Context, Group, error));
    }
}

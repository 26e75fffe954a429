using CloudStream.Http.Face;
using CloudStream.Http.Fetch;
using CloudStream.Http.Problems;
using CloudStream.Http.Requests;
using CloudStream.Http.Routing;
using CloudStream.Log.Calls;
using Microsoft.AspNetCore.Http;

namespace CloudStream.Http.Groups.Members;

/// <summary><c>POST /v1/groups/{group}/members</c>: joins a group, for the first time or again.</summary>
internal sealed class MembersEndpoint(HttpFace face, MemberSessions sessions)
{
    private static readonly TimeSpan DefaultWait = TimeSpan.FromSeconds(30);

    private static readonly string[] Members =
        ["topics", "memberId", "instanceId", "clientId", "sessionTimeoutMs", "rebalanceTimeoutMs", "autoOffsetReset", "assignors",
            "ownedPartitions", "ownedGeneration", "wait"];

    public Operation Operation => new()
    {
        Id = "joinGroup",
        Method = "POST",
        Pattern = "/v1/groups/{group}/members",
        Tag = "groups",
        Summary = "Join a consumer group.",
        Description = "The same groups as Kafka clients join. The answer comes when the generation is formed, at the latest after wait "
            + "(default 30s): rebalancing is true then, "
            + "and the member goes on by polling or by joining again with its memberId. Without memberId a wait of 0 only brings an id: "
            + "the group hears of the member when it comes back with it.",
        Bodies = [new(MediaTypes.Json, "JoinGroup")],
        Responses = [new(200, "The member and its assignment.", MediaTypes.Json, "Member")],
        Problems = [307, 400, 404, 409, 413, 415, 421, 429, 503],
        Handler = HandleAsync,
    };

    private async Task HandleAsync(HttpContext context)
    {
        using var body = await JsonBody.ReadAsync(context, face.Memory, Members);
        var request = new GroupRequest(face, sessions, context);
        var terms = MemberTerms.Read(body, request.Group, $"/{context.Connection.RemoteIpAddress}");
        var memberId = body.Text("memberId") ?? "";
        var wait = body.Duration("wait", FetchQuery.MaxWait, DefaultWait);
        if (memberId.Length > 0 && sessions.Find(terms.Group, memberId) is { } known)
            await JoinAgainAsync(request, known, terms, wait);
        else
            await JoinFirstAsync(request, new MemberSession(face, terms, memberId), wait);
    }

    private static async ValueTask JoinAgainAsync(GroupRequest request, MemberSession session, MemberTerms terms, TimeSpan wait)
    {
        using var entered = session.Enter();
        session.Change(terms);
        await session.TryJoinAsync(request, wait);
        await MemberJson.AnswerAsync(request.Context, session);
    }

    private async ValueTask JoinFirstAsync(GroupRequest request, MemberSession session, TimeSpan wait)
    {
        if (!sessions.HasRoom)
            throw new RequestRejectedException(
                Problem.From(ErrorCode.Overloaded,
                    $"This broker keeps {face.Options.MaxGroupMembers} members that speak HTTP, and not one more."));
        var isNew = session.MemberId.Length == 0;
        using var entered = session.Enter();
        try
        {
            if (isNew && wait <= TimeSpan.Zero && session.Terms.InstanceId is null)
            {
                await OfferIdAsync(request, session);
                return;
            }

            var joining = session.Membership.JoinAsync();

            // A dynamic member has an id at once, a static one when its generation is formed.
            await session.Membership.Named.WaitAsync(request.Aborted);
            if (session.MemberId.Length > 0)
                sessions.Add(session);
            else
                await request.RequireAsync(await joining, session);
            await session.TryJoinAsync(request, wait);
            await MemberJson.AnswerAsync(request.Context, session);
        }
        catch (RequestRejectedException)
        {
            sessions.Remove(session);
            throw;
        }
        catch (OperationCanceledException) when (isNew)
        {
            // Nobody knows of this member, so nobody will come back to it.
            sessions.Abandon(session);
            throw;
        }
    }

    private async ValueTask OfferIdAsync(GroupRequest request, MemberSession session)
    {
        await request.RequireAsync(await session.Membership.AskForIdAsync(request.Aborted), session);
        sessions.Add(session);
        await MemberJson.AnswerAsync(request.Context, session, stands: false);
    }
}

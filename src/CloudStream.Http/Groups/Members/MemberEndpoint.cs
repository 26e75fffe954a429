using CloudStream.Cluster.Groups;
using CloudStream.Http.Face;
using CloudStream.Http.Fetch;
using CloudStream.Http.Problems;
using CloudStream.Http.Requests;
using CloudStream.Http.Routing;
using Microsoft.AspNetCore.Http;

namespace CloudStream.Http.Groups.Members;

/// <summary>
/// <c>/v1/groups/{group}/members/{member}</c>: heartbeat, commit, leave. A request that names its generation needs no session here, so a
/// client that keeps its own positions lives through a restart of the coordinator.
/// </summary>
internal sealed class MemberEndpoint(HttpFace face, MemberSessions sessions)
{
    private const string Pattern = "/v1/groups/{group}/members/{member}";

    private static readonly TimeSpan HeartbeatStep = TimeSpan.FromMilliseconds(250);

    public Operation[] Operations =>
    [
        new()
        {
            Id = "heartbeat",
            Method = "POST",
            Pattern = Pattern + "/heartbeat",
            Tag = "groups",
            Summary = "Keep a member in its group while it processes records.",
            Description = "With wait the answer comes when the group begins to rebalance, at the latest after wait.",
            Bodies = [new(MediaTypes.Json, "Heartbeat")],
            Responses = [new(200, "Where the member stands; rebalancing says that it must poll or join again.", MediaTypes.Json, "Member")],
            Problems = [307, 400, 404, 409, 415, 421, 503],
            Handler = HeartbeatAsync,
        },
        new()
        {
            Id = "commitAsMember",
            Method = "POST",
            Pattern = Pattern + "/commit",
            Tag = "groups",
            Summary = "Commit offsets as a member.",
            Description =
                "Without offsets: everything that polls have answered, the last one too. Commit before processing for at most once, after "
                    + "it for at least once.",
            Bodies = [new(MediaTypes.Json, "MemberCommit")],
            Responses = [new(204, "All of them are committed.")],
            Problems = [307, 400, 404, 409, 413, 415, 421, 503],
            Handler = CommitAsync,
        },
        new()
        {
            Id = "leaveGroup",
            Method = "DELETE",
            Pattern = Pattern,
            Tag = "groups",
            Summary = "Leave a group.",
            Responses = [new(204, "The member is gone; its partitions go to others at once.")],
            Problems = [307, 404, 421, 503],
            Handler = LeaveAsync,
        },
    ];

    private async Task HeartbeatAsync(HttpContext context)
    {
        using var body = await JsonBody.ReadOptionalAsync(context, face.Memory, "generation", "instanceId", "wait");
        var request = new GroupRequest(face, sessions, context);
        var wait = body.Duration("wait", FetchQuery.MaxWait, TimeSpan.Zero);
        var generation = (int?)body.Integer("generation", 0, int.MaxValue);
        var session = sessions.Find(request.Group, request.Member);
        if (session is null && generation is { } known)
        {
            await BeatAloneAsync(request, known, body.Text("instanceId"), wait);
            return;
        }

        session ??= await request.FindSessionAsync();
        using var entered = session.Enter();
        if (generation is { } spoken && session.Standing.Generation != spoken)
            throw new RequestRejectedException(
                GroupProblem.From(GroupError.IllegalGeneration,
                    $"The member is in generation {session.Standing.Generation}, not {spoken}."));
        var stands = await UntilAsync(() => session.TryHeartbeatAsync(request), wait, request.Aborted);
        await MemberJson.AnswerAsync(context, session, stands);
    }

    private async ValueTask BeatAloneAsync(GroupRequest request, int generation, string? instanceId, TimeSpan wait)
    {
        var heartbeat = new HeartbeatRequest(request.Group, generation, request.Member, instanceId);
        var stands = await UntilAsync(
            async () =>
            {
                var error = await face.Broker.Groups.HeartbeatAsync(heartbeat, request.Aborted);
                if (error != GroupError.RebalanceInProgress)
                    await request.RequireAsync(error);
                return error == GroupError.None;
            },
            wait,
            request.Aborted);
        await Responses.JsonResponse.WriteAsync(request.Context, (request.Member, generation, stands), static (json, answer) =>
        {
            json.WriteStartObject();
            json.WriteString("memberId", answer.Member);
            json.WriteNumber("generation", answer.generation);
            json.WriteBoolean("rebalancing", !answer.stands);
            json.WriteEndObject();
        });
    }

    // Beats until the generation no longer stands or the time is up.
    private async ValueTask<bool> UntilAsync(Func<ValueTask<bool>> beat, TimeSpan wait, CancellationToken cancellationToken)
    {
        var began = face.Time.GetTimestamp();
        while (await beat())
        {
            var left = wait - face.Time.GetElapsedTime(began);
            if (left <= TimeSpan.Zero || face.Stopping.IsCancellationRequested)
                return true;
            await Task.Delay(left < HeartbeatStep ? left : HeartbeatStep, face.Time, cancellationToken);
        }

        return false;
    }

    private async Task CommitAsync(HttpContext context)
    {
        using var body = await JsonBody.ReadOptionalAsync(context, face.Memory, "offsets", "generation", "instanceId");
        var request = new GroupRequest(face, sessions, context);
        var offsets = OffsetFields.ReadOffsets(body);
        var generation = (int?)body.Integer("generation", 0, int.MaxValue);
        GroupError error;
        if (offsets is not null && generation is { } known)
        {
            error = await CommitAloneAsync(request, known, body.Text("instanceId"), offsets);
        }
        else
        {
            var session = await request.FindSessionAsync();
            using var entered = session.Enter();
            var standing = session.Standing;
            error = await session.CommitAsync(standing, offsets ?? session.Positions.Uncommitted(standing, given: true), request.Aborted);
        }

        await request.RequireAsync(error, sessions.Find(request.Group, request.Member));
        context.Response.StatusCode = StatusCodes.Status204NoContent;
    }

    private async ValueTask<GroupError> CommitAloneAsync(
        GroupRequest request, int generation, string? instanceId, List<OffsetCommit> offsets)
    {
        var commit = new CommitOffsetsRequest
        {
            GroupId = request.Group,
            GenerationId = generation,
            MemberId = request.Member,
            GroupInstanceId = instanceId,
            Offsets = offsets,
        };
        using var entered = sessions.Find(request.Group, request.Member)?.Enter();
        var result = await face.Broker.Groups.CommitOffsetsAsync(commit, request.Aborted);
        return result.Error != GroupError.None ? result.Error : result.Partitions.FirstOrDefault(e => e != GroupError.None);
    }

    private async Task LeaveAsync(HttpContext context)
    {
        var request = new GroupRequest(face, sessions, context);
        var session = sessions.Find(request.Group, request.Member);
        if (session is not null)
            sessions.Remove(session);
        var left = await face.Broker.Groups.LeaveAsync(
            new LeaveGroupRequest(request.Group, [new LeavingMember(request.Member, session?.Terms.InstanceId)]), request.Aborted);
        await request.RequireAsync(left.Error != GroupError.None ? left.Error : left.Members[0]);
        context.Response.StatusCode = StatusCodes.Status204NoContent;
    }
}

using CloudStream.Cluster.Groups;
using CloudStream.Http.Face;
using CloudStream.Http.Requests;
using CloudStream.Http.Responses;
using CloudStream.Http.Routing;
using Microsoft.AspNetCore.Http;

namespace CloudStream.Http.Groups;

/// <summary><c>/v1/groups/{group}</c>: describe with lag, delete.</summary>
internal sealed class GroupEndpoint(HttpFace face)
{
    private const string Pattern = "/v1/groups/{group}";

    public Operation[] Operations =>
    [
        new()
        {
            Id = "describeGroup",
            Method = "GET",
            Pattern = Pattern,
            Tag = "groups",
            Summary = "Describe a group: its state, its members and how far it is behind.",
            Responses = [new(200, "The group.", MediaTypes.Json, "GroupDescription")],
            Problems = [307, 404, 421, 503],
            Handler = DescribeAsync,
        },
        new()
        {
            Id = "deleteGroup",
            Method = "DELETE",
            Pattern = Pattern,
            Tag = "groups",
            Summary = "Delete a group without members, and its committed offsets.",
            Responses = [new(204, "The group is gone.")],
            Problems = [307, 404, 409, 421, 503],
            Handler = DeleteAsync,
        },
    ];

    private async Task DescribeAsync(HttpContext context)
    {
        Accept.Choose(context.Request, MediaTypes.Json);
        var name = new QueryReader(context).Group;
        var lag = await face.Broker.Groups.DescribeLagAsync(name, anywhere: false, context.RequestAborted);
        var isMissing = lag.Group is { Error: GroupError.None, State: GroupState.Dead };
        await GroupProblem.RequireAsync(face, context, name, isMissing ? GroupError.GroupIdNotFound : lag.Group.Error);
        await JsonResponse.WriteAsync(context, lag, GroupJson.Write);
    }

    private async Task DeleteAsync(HttpContext context)
    {
        var name = new QueryReader(context).Group;
        await GroupProblem.RequireAsync(
            face, context, name, await face.Broker.Groups.DeleteAsync(name, anywhere: false, context.RequestAborted));
        context.Response.StatusCode = StatusCodes.Status204NoContent;
    }
}

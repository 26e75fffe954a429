using CloudStream.Cluster.Groups;
using CloudStream.Http.Face;
using CloudStream.Http.Problems;
using CloudStream.Http.Requests;
using CloudStream.Http.Responses;
using CloudStream.Http.Routing;
using Microsoft.AspNetCore.Http;

namespace CloudStream.Http.Groups;

/// <summary><c>GET /v1/groups</c>: the groups of the whole cluster.</summary>
internal sealed class GroupsEndpoint(HttpFace face)
{
    public Operation Operation => new()
    {
        Id = "listGroups",
        Method = "GET",
        Pattern = "/v1/groups",
        Tag = "groups",
        Summary = "List consumer groups.",
        Description =
            "Groups with members that another broker coordinates are in state Unknown here; describing such a group leads to its "
                + "coordinator.",
        Query =
        [
            new(
                "state", "Text",
                "Only groups in one of these states, separated by commas: "
                    + "Empty, PreparingRebalance, CompletingRebalance, Stable, Unknown."),
            new("type", "Text", "Only groups of one of these types, separated by commas. Every group is of type classic."),
        ],
        Responses = [new(200, "The groups, by name.", MediaTypes.Json, "GroupList")],
        Problems = [400, 503],
        Handler = HandleAsync,
    };

    private async Task HandleAsync(HttpContext context)
    {
        var query = new QueryReader(context);
        Accept.Choose(context.Request, MediaTypes.Json);
        var request = new ListGroupsRequest { States = ReadStates(query), Types = Words(query, "type"), Anywhere = true };
        var list = await face.Broker.Groups.ListAsync(request, context.RequestAborted);
        if (list.Error != GroupError.None)
            throw new RequestRejectedException(GroupProblem.From(list.Error));
        await JsonResponse.WriteAsync(context, list.Groups, static (json, groups) =>
        {
            json.WriteStartObject();
            json.WriteStartArray("groups");
            foreach (var group in groups)
                GroupJson.Write(json, group);
            json.WriteEndArray();
            json.WriteEndObject();
        });
    }

    private static string[] ReadStates(QueryReader query)
    {
        var states = Words(query, "state");
        foreach (var state in states)
        {
            if (!Enum.GetNames<GroupState>().Contains(state, StringComparer.OrdinalIgnoreCase))
                throw new RequestRejectedException(
                    $"Query parameter \"state\" names \"{Excerpt.Of(state)}\"; the states "
                        + $"are {string.Join(", ", Enum.GetNames<GroupState>())}.");
        }

        return states;
    }

    private static string[] Words(QueryReader query, string name) =>
        query.Text(name)?.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries) ?? [];
}

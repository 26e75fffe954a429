using CloudStream.Cluster.Brokers;
using CloudStream.Cluster.Groups;
using CloudStream.Http.Face;
using CloudStream.Http.Problems;
using Microsoft.AspNetCore.Http;

namespace CloudStream.Http.Groups;

/// <summary>
/// Says why a group call failed. What belongs to another broker is answered with that broker's address: 307 with <c>Location</c>, so that
/// <c>curl -L</c> gets there by itself, or 421 where the other broker tells no HTTP address.
/// </summary>
internal static class GroupProblem
{
    private const string Face = "http";
    private const int RetryAfterMs = 200;

    /// <summary>The problem, whoever coordinates the group.</summary>
    public static Problem From(GroupError error, string? detail = null)
    {
        var mapping = GroupErrorTable.Get(error);
        var retriable = error is GroupError.CoordinatorNotAvailable or GroupError.NotCoordinator or GroupError.CoordinatorLoadInProgress
            or GroupError.RequestTimedOut or GroupError.UnstableOffsetCommit;
        return new Problem(mapping.Status, mapping.Code, mapping.Title, detail ?? mapping.Title + ".")
        {
            RetryAfterMs = retriable ? RetryAfterMs : 0
        };
    }

    /// <summary>The problem, with the coordinator's address where another broker is.</summary>
    public static async ValueTask<Problem> FromAsync(HttpFace face, HttpContext context, string group, GroupError error)
    {
        if (error != GroupError.NotCoordinator)
            return From(error, DetailOf(error, group));
        var found = await face.Broker.Groups.FindCoordinatorAsync(group, context.RequestAborted);
        if (found.Coordinator is not { } broker)
            return From(GroupError.CoordinatorNotAvailable);

        // It has become ours since the call: the same request succeeds here in a moment.
        return broker.Id == face.Broker.BrokerId ? From(GroupError.CoordinatorLoadInProgress) : Elsewhere(context.Request, group, broker);
    }

    /// <summary>Refuses unless the call succeeded.</summary>
    /// <exception cref="RequestRejectedException">It did not.</exception>
    public static async ValueTask RequireAsync(HttpFace face, HttpContext context, string group, GroupError error)
    {
        if (error != GroupError.None)
            throw new RequestRejectedException(await FromAsync(face, context, group, error));
    }

    private static Problem Elsewhere(HttpRequest request, string group, BrokerInfo broker)
    {
        var url = broker.Endpoints.GetValueOrDefault(Face)?.TrimEnd('/');
        var problem = From(GroupError.NotCoordinator, $"Broker {broker.Id} coordinates group \"{group}\".");
        return problem with
        {
            Status = url is null ? problem.Status : StatusCodes.Status307TemporaryRedirect,
            Location = url is null ? null : url + request.Path.ToUriComponent() + request.QueryString.ToUriComponent(),
            Members = json =>
            {
                json.WriteStartObject("coordinator");
                json.WriteNumber("id", broker.Id);
                if (url is not null)
                    json.WriteString("url", url);
                json.WriteEndObject();
            },
        };
    }

    private static string? DetailOf(GroupError error, string group) => error switch
    {
        GroupError.GroupIdNotFound => $"There is no group \"{group}\".",
        GroupError.NonEmptyGroup => $"Group \"{group}\" has members; they must leave first.",
        GroupError.InvalidGroupId => $"\"{Requests.Excerpt.Of(group)}\" is empty or too long for the name of a group.",
        _ => null,
    };
}

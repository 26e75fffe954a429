using CloudStream.Cluster;
using CloudStream.Cluster.Groups;
using CloudStream.Cluster.Topics;
using CloudStream.Http.Face;
using CloudStream.Http.Problems;
using CloudStream.Http.Requests;
using CloudStream.Http.Responses;
using CloudStream.Http.Routing;
using CloudStream.Http.Topics;
using Microsoft.AspNetCore.Http;

namespace CloudStream.Http.Groups;

/// <summary><c>/v1/groups/{group}/offsets</c>: read, set and take out what a group has committed, from outside of it.</summary>
internal sealed class GroupOffsetsEndpoint(HttpFace face)
{
    private const string Pattern = "/v1/groups/{group}/offsets";

    public Operation[] Operations =>
    [
        new()
        {
            Id = "listGroupOffsets",
            Method = "GET",
            Pattern = Pattern,
            Tag = "groups",
            Summary = "The offsets that a group has committed.",
            Responses = [new(200, "The offsets, by topic and partition; none for a group that does not exist.", MediaTypes.Json,
                "GroupOffsets")],
            Problems = [307, 421, 503],
            Handler = ListAsync,
        },
        new()
        {
            Id = "commitGroupOffsets",
            Method = "POST",
            Pattern = Pattern,
            Tag = "groups",
            Summary = "Commit offsets for a group that has no members.",
            Description =
                "The group comes to be with its first commit. An offset is that of the record to read next. While the group has members "
                    + "only they commit.",
            Bodies = [new(MediaTypes.Json, "CommitOffsets")],
            Responses = [new(204, "All of them are committed.")],
            Problems = [307, 400, 404, 409, 413, 415, 421, 503],
            Handler = CommitAsync,
        },
        new()
        {
            Id = "deleteGroupOffsets",
            Method = "DELETE",
            Pattern = Pattern,
            Tag = "groups",
            Summary = "Take committed offsets of a topic out of a group.",
            Query = [new("topic", "Text", "The topic.", Required: true),
                new("partition", "Partition", "One partition; all of the topic without it.")],
            Responses = [new(204, "They are gone.")],
            Problems = [307, 400, 404, 409, 421, 503],
            Handler = DeleteAsync,
        },
    ];

    private async Task ListAsync(HttpContext context)
    {
        Accept.Choose(context.Request, MediaTypes.Json);
        var name = new QueryReader(context).Group;
        var found = await face.Broker.Groups.FetchOffsetsAsync(new FetchOffsetsRequest { GroupId = name }, context.RequestAborted);
        await GroupProblem.RequireAsync(face, context, name, found.Error);
        await JsonResponse.WriteAsync(context, found.Offsets, static (json, offsets) =>
        {
            json.WriteStartObject();
            json.WriteStartArray("offsets");
            foreach (var offset in offsets)
                GroupJson.Write(json, offset);
            json.WriteEndArray();
            json.WriteEndObject();
        });
    }

    private async Task CommitAsync(HttpContext context)
    {
        using var body = await JsonBody.ReadAsync(context, face.Memory, "offsets");
        var name = new QueryReader(context).Group;
        var offsets = OffsetFields.ReadOffsets(body) ?? throw body.Missing("offsets");
        var result = await face.Broker.Groups.CommitOffsetsAsync(
            new CommitOffsetsRequest { GroupId = name, Offsets = offsets }, context.RequestAborted);
        await RequireCommittedAsync(face, context, name, offsets, result);
        context.Response.StatusCode = StatusCodes.Status204NoContent;
    }

    private async Task DeleteAsync(HttpContext context)
    {
        var query = new QueryReader(context);
        var name = query.Group;
        var topic = query.Text("topic") ?? throw new RequestRejectedException("Query parameter \"topic\" is missing.");
        var one = query.OptionalPartition("partition");
        var count = one is null ? (await TopicLookup.FindAsync(face.Broker, topic, context.RequestAborted)).PartitionCount : 1;
        TopicPartition[] partitions = [.. Enumerable.Range(one ?? 0, count).Select(p => new TopicPartition(topic, p))];
        var result = await face.Broker.Groups.DeleteOffsetsAsync(new DeleteOffsetsRequest(name, partitions), context.RequestAborted);
        await GroupProblem.RequireAsync(face, context, name, result.Error);
        await GroupProblem.RequireAsync(face, context, name, result.Partitions.FirstOrDefault(e => e != GroupError.None));
        context.Response.StatusCode = StatusCodes.Status204NoContent;
    }

    /// <summary>Refuses when any part of a commit from outside of the group failed; the others may be committed.</summary>
    internal static async ValueTask RequireCommittedAsync(
        HttpFace face, HttpContext context, string group, IReadOnlyList<OffsetCommit> offsets, CommitOffsetsResult result)
    {
        // To a group with members whoever is none of them is an unknown member; what hinders is that there are members.
        await GroupProblem.RequireAsync(
            face, context, group, result.Error == GroupError.UnknownMemberId ? GroupError.NonEmptyGroup : result.Error);
        for (var i = 0; i < offsets.Count; i++)
        {
            if (result.Partitions[i] != GroupError.None)
                throw new RequestRejectedException(
                    GroupProblem.From(result.Partitions[i], $"The offset of {offsets[i].Partition} was not committed."));
        }
    }
}

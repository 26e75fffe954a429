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

/// <summary>
/// <c>POST /v1/groups/{group}/offsets/reset</c>: moves a group's offsets while it has no members, or says where they would go.
/// </summary>
internal sealed class ResetOffsetsEndpoint(HttpFace face)
{
    public Operation Operation => new()
    {
        Id = "resetGroupOffsets",
        Method = "POST",
        Pattern = "/v1/groups/{group}/offsets/reset",
        Tag = "groups",
        Summary = "Move the offsets of a group that has no members.",
        Description = "To earliest or latest, to an offset, to the first record at a timestamp, or by so many records; always within the "
            + "log. Of the topics or partitions "
            + "that are named, or of all that the group has offsets for. With dryRun nothing changes.",
        Bodies = [new(MediaTypes.Json, "ResetOffsets")],
        Responses = [new(200, "The offsets before and after.", MediaTypes.Json, "ResetAnswer")],
        Problems = [307, 400, 404, 406, 409, 413, 415, 421, 503],
        Handler = HandleAsync,
    };

    private async Task HandleAsync(HttpContext context)
    {
        using var body = await JsonBody.ReadAsync(context, face.Memory, [.. OffsetReset.Members, "topics", "partitions", "dryRun"]);
        var name = new QueryReader(context).Group;
        var reset = OffsetReset.Read(body);
        var topics = body.Texts("topics");
        var partitions = OffsetFields.ReadPartitions(body);
        var isDryRun = body.Flag("dryRun", otherwise: false);
        await RequireInactiveAsync(context, name);
        var before = await CommittedAsync(context, name);
        var moves = new List<OffsetMove>();
        foreach (var partition in await ScopeAsync(topics, partitions, before, context.RequestAborted))
        {
            long? committed = before.TryGetValue(partition, out var known) ? known : null;
            if (await reset.ResolveAsync(face.Broker, partition, committed, context.RequestAborted) is { } target)
                moves.Add(new OffsetMove(partition, committed, target));
        }

        if (!isDryRun && moves.Count > 0)
            await MoveAsync(context, name, moves);
        await AnswerAsync(context, moves, isDryRun);
    }

    private async ValueTask RequireInactiveAsync(HttpContext context, string name)
    {
        var group = await face.Broker.Groups.DescribeAsync(name, anywhere: false, context.RequestAborted);
        await GroupProblem.RequireAsync(face, context, name, group.Error);
        if (group.State is not (GroupState.Empty or GroupState.Dead))
            throw new RequestRejectedException(
                GroupProblem.From(GroupError.NonEmptyGroup,
                    $"Offsets can only be reset while group \"{name}\" has no members; its state is {group.State}."));
    }

    private async ValueTask<Dictionary<TopicPartition, long>> CommittedAsync(HttpContext context, string name)
    {
        var found = await face.Broker.Groups.FetchOffsetsAsync(new FetchOffsetsRequest { GroupId = name }, context.RequestAborted);
        await GroupProblem.RequireAsync(face, context, name, found.Error);
        return found.Offsets.ToDictionary(o => o.Partition, o => o.Offset);
    }

    private async ValueTask<IReadOnlyList<TopicPartition>> ScopeAsync(
        List<string>? topics, List<TopicPartition>? partitions, Dictionary<TopicPartition, long> before,
        CancellationToken cancellationToken)
    {
        if (topics is null && partitions is null)
            return [.. before.Keys];
        var scope = new List<TopicPartition>(partitions ?? []);
        foreach (var name in topics ?? [])
        {
            var topic = await TopicLookup.FindAsync(face.Broker, name, cancellationToken);
            scope.AddRange(Enumerable.Range(0, topic.PartitionCount).Select(p => new TopicPartition(name, p)));
        }

        return [.. scope.Distinct()];
    }

    private async ValueTask MoveAsync(HttpContext context, string name, List<OffsetMove> moves)
    {
        List<OffsetCommit> offsets = moves.ConvertAll(m => new OffsetCommit(m.Partition, m.To));
        var result = await face.Broker.Groups.CommitOffsetsAsync(
            new CommitOffsetsRequest { GroupId = name, Offsets = offsets }, context.RequestAborted);
        await GroupOffsetsEndpoint.RequireCommittedAsync(face, context, name, offsets, result);
    }

    private static Task AnswerAsync(HttpContext context, List<OffsetMove> moves, bool isDryRun) =>
        JsonResponse.WriteAsync(context, (moves, isDryRun), static (json, answer) =>
        {
            json.WriteStartObject();
            json.WriteBoolean("dryRun", answer.isDryRun);
            json.WriteStartArray("offsets");
            foreach (var move in answer.moves)
            {
                json.WriteStartObject();
                json.WriteString("topic", move.Partition.Topic);
                json.WriteNumber("partition", move.Partition.Partition);
                if (move.From is { } from)
                    json.WriteNumber("before", from);
                else
                    json.WriteNull("before");
                json.WriteNumber("offset", move.To);
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteEndObject();
        });

    private readonly record struct OffsetMove(TopicPartition Partition, long? From, long To);
}

using CloudStream.Cluster;
using CloudStream.Cluster.Topics;
using CloudStream.Http.Face;
using CloudStream.Http.Problems;
using CloudStream.Http.Requests;
using CloudStream.Http.Responses;
using CloudStream.Http.Routing;
using CloudStream.Log.Calls;
using Microsoft.AspNetCore.Http;

namespace CloudStream.Http.Topics;

/// <summary><c>/v1/topics/{topic}</c>: describe, change, delete.</summary>
internal sealed class TopicEndpoint(HttpFace face)
{
    private const string Pattern = "/v1/topics/{topic}";

    public Operation[] Operations =>
    [
        new()
        {
            Id = "describeTopic",
            Method = "GET",
            Pattern = Pattern,
            Tag = "topics",
            Summary = "Describe a topic: settings and partitions.",
            Responses = [new(200, "The topic.", MediaTypes.Json, "TopicDescription")],
            Problems = [404, 503],
            Handler = DescribeAsync,
        },
        new()
        {
            Id = "changeTopic",
            Method = "PATCH",
            Pattern = Pattern,
            Tag = "topics",
            Summary = "Set or reset settings, and add partitions.",
            Description = "Settings are changed first, then partitions are added.",
            Bodies = [new(MediaTypes.Json, "ChangeTopic")],
            Responses = [new(200, "The topic as it is now.", MediaTypes.Json, "Topic")],
            Problems = [400, 404, 413, 415, 503],
            Handler = ChangeAsync,
        },
        new()
        {
            Id = "deleteTopic",
            Method = "DELETE",
            Pattern = Pattern,
            Tag = "topics",
            Summary = "Delete a topic and its records.",
            Responses = [new(204, "The topic is gone.")],
            Problems = [404, 503],
            Handler = DeleteAsync,
        },
    ];

    private async Task DescribeAsync(HttpContext context)
    {
        Accept.Choose(context.Request, MediaTypes.Json);
        var topic = await TopicLookup.FindAsync(face.Broker, new QueryReader(context).Topic, context.RequestAborted);
        var partitions = await face.Broker.DescribePartitionsAsync(topic, context.RequestAborted);
        await JsonResponse.WriteAsync(context, new TopicDescription(topic, face.Broker.DescribeConfig(topic), partitions), TopicJson.Write);
    }

    private async Task ChangeAsync(HttpContext context)
    {
        using var body = await JsonBody.ReadAsync(context, face.Memory, "partitions", "config");
        var name = new QueryReader(context).Topic;
        var partitions = body.Integer("partitions", 1, int.MaxValue);
        var changes = body.Settings("config", allowNull: true);
        if (partitions is null && changes.Count == 0)
            throw new RequestRejectedException("There is nothing to change: give partitions or config.");
        TopicInfo? topic = null;
        if (changes.Count > 0)
            topic = TopicsEndpoint.Require(await face.Broker.AlterConfigAsync(name, changes, context.RequestAborted));
        if (partitions is { } count)
            topic = TopicsEndpoint.Require(await face.Broker.AddPartitionsAsync(name, (int)count, context.RequestAborted));
        await JsonResponse.WriteAsync(context, topic!, TopicJson.Write);
    }

    private async Task DeleteAsync(HttpContext context)
    {
        var result = await face.Broker.DeleteTopicAsync(new QueryReader(context).Topic, context.RequestAborted);
        if (result.Error != ErrorCode.None)
            throw new RequestRejectedException(Problem.From(result.Error, result.Detail));
        context.Response.StatusCode = StatusCodes.Status204NoContent;
    }
}

using CloudStream.Cluster.Topics;
using CloudStream.Http.Face;
using CloudStream.Http.Problems;
using CloudStream.Http.Requests;
using CloudStream.Http.Responses;
using CloudStream.Http.Routing;
using Microsoft.AspNetCore.Http;

namespace CloudStream.Http.Topics;

/// <summary><c>/v1/topics</c>: list and create.</summary>
internal sealed class TopicsEndpoint(HttpFace face)
{
    private const string Pattern = "/v1/topics";

    public Operation[] Operations =>
    [
        new()
        {
            Id = "listTopics",
            Method = "GET",
            Pattern = Pattern,
            Tag = "topics",
            Summary = "List all topics.",
            Responses = [new(200, "The topics, by name.", MediaTypes.Json, "TopicList")],
            Problems = [503],
            Handler = ListAsync,
        },
        new()
        {
            Id = "createTopic",
            Method = "POST",
            Pattern = Pattern,
            Tag = "topics",
            Summary = "Create a topic.",
            Bodies = [new(MediaTypes.Json, "CreateTopic")],
            Responses = [new(201, "The topic; Location says where it is.", MediaTypes.Json, "Topic")],
            Problems = [400, 409, 413, 415, 503],
            Handler = CreateAsync,
        },
    ];

    private async Task ListAsync(HttpContext context)
    {
        Accept.Choose(context.Request, MediaTypes.Json);
        var topics = await face.Broker.ListTopicsAsync(context.RequestAborted);
        await JsonResponse.WriteAsync(context, topics, static (json, topics) =>
        {
            json.WriteStartObject();
            json.WriteStartArray("topics");
            foreach (var topic in topics)
                TopicJson.Write(json, topic);
            json.WriteEndArray();
            json.WriteEndObject();
        });
    }

    private async Task CreateAsync(HttpContext context)
    {
        using var body = await JsonBody.ReadAsync(context, face.Memory, "name", "partitions", "config");
        var name = body.Text("name") ?? throw new RequestRejectedException("Field \"name\" is missing.");
        var partitions = (int)(body.Integer("partitions", 1, int.MaxValue) ?? -1);
        var config = body.Settings("config", allowNull: false).ToDictionary(s => s.Key, s => s.Value!, StringComparer.Ordinal);
        var topic = Require(await face.Broker.CreateTopicAsync(name, partitions, config, context.RequestAborted));
        context.Response.StatusCode = StatusCodes.Status201Created;
        context.Response.Headers.Location = $"{Pattern}/{Uri.EscapeDataString(topic.Name)}";
        await JsonResponse.WriteAsync(context, topic, TopicJson.Write);
    }

    /// <summary>The topic of a successful result.</summary>
    internal static TopicInfo Require(TopicResult result) =>
        result.Topic ?? throw new RequestRejectedException(Problem.From(result.Error, result.Detail));
}

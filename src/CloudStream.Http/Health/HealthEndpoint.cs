using System.Text.Json;
using CloudStream.Cluster;
using CloudStream.Http.Face;
using CloudStream.Http.Problems;
using CloudStream.Http.Requests;
using CloudStream.Http.Responses;
using CloudStream.Http.Routing;
using CloudStream.Log.Calls;
using CloudStream.Log.Health;
using Microsoft.AspNetCore.Http;

namespace CloudStream.Http.Health;

/// <summary><c>/healthz</c>, <c>/readyz</c> and <c>/v1/cluster</c>.</summary>
internal sealed class HealthEndpoint(HttpFace face)
{
    public Operation[] Operations =>
    [
        new()
        {
            Id = "health",
            Method = "GET",
            Pattern = "/healthz",
            Tag = "operations",
            Summary = "Whether the process lives.",
            Responses = [new(200, "It lives.", MediaTypes.Json, "Status")],
            Handler = static context => WriteStatusAsync(context, "alive"),
        },
        new()
        {
            Id = "readiness",
            Method = "GET",
            Pattern = "/readyz",
            Tag = "operations",
            Summary = "Whether requests can be served.",
            Responses = [new(200, "They can; a degraded broker says what it cannot serve.", MediaTypes.Json, "Status")],
            Problems = [503],
            Handler = ReadyAsync,
        },
        new()
        {
            Id = "describeCluster",
            Method = "GET",
            Pattern = "/v1/cluster",
            Tag = "operations",
            Summary = "The cluster and this broker.",
            Responses = [new(200, "Ids and version.", MediaTypes.Json, "Cluster")],
            Handler = ClusterAsync,
        },
    ];

    // A broker that serves all but what is damaged is ready, and says so.
    private Task ReadyAsync(HttpContext context)
    {
        var health = face.Broker.Health;
        if (!face.Broker.IsReady)
            throw NotReady("The broker is starting, draining, or cannot reach its stores.");
        if (health.NotWritable is { } why)
            throw NotReady(why);
        return JsonResponse.WriteAsync(context, health, static (json, health) =>
        {
            json.WriteStartObject();
            json.WriteString("status", health.IsDegraded ? "degraded" : "ready");
            if (health.IsDegraded)
                WriteTroubles(json, health);
            json.WriteEndObject();
        });
    }

    private static RequestRejectedException NotReady(string why) => new(Problem.From(ErrorCode.StoreUnavailable, why) with
    {
        Code = "not-ready",
        Title = "The broker cannot serve requests now",
    });

    private static void WriteTroubles(Utf8JsonWriter json, HealthReport health)
    {
        json.WriteNumber("troubleCount", health.Total);
        json.WriteStartArray("troubles");
        foreach (var trouble in health.Troubles)
        {
            json.WriteStartObject();
            json.WriteString("kind", trouble.Code);
            json.WriteString("detail", trouble.Detail);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private Task ClusterAsync(HttpContext context)
    {
        Accept.Choose(context.Request, MediaTypes.Json);
        return JsonResponse.WriteAsync(context, face, static (json, face) =>
        {
            json.WriteStartObject();
            json.WriteString("clusterId", face.Broker.ClusterId);
            json.WriteNumber("brokerId", face.Broker.BrokerId);
            json.WriteString("version", face.Options.Version);
            json.WriteBoolean("ready", face.Broker.IsReady);
            json.WriteEndObject();
        });
    }

    private static Task WriteStatusAsync(HttpContext context, string status) =>
        JsonResponse.WriteAsync(context, status, static (json, status) =>
        {
            json.WriteStartObject();
            json.WriteString("status", status);
            json.WriteEndObject();
        });
}

using CloudStream.Http.Batches;
using CloudStream.Http.Face;
using CloudStream.Http.Fetch;
using CloudStream.Http.Groups;
using CloudStream.Http.Groups.Members;
using CloudStream.Http.Health;
using CloudStream.Http.Metrics;
using CloudStream.Http.Offsets;
using CloudStream.Http.OpenApi;
using CloudStream.Http.Produce;
using CloudStream.Http.Producers;
using CloudStream.Http.Routing;
using CloudStream.Http.Tail;
using CloudStream.Http.Topics;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace CloudStream.Http;

/// <summary>Maps the HTTP API's routes.</summary>
public static class CloudStreamHttpEndpoints
{
    /// <summary>
    /// Maps <c>/v1/…</c>, <c>/healthz</c>, <c>/readyz</c>, <c>/metrics</c> and <c>/openapi/v1.json</c>, and a fallback that answers
    /// everything else with a problem. Begins to collect metrics.
    /// </summary>
    /// <param name="endpoints">The application.</param>
    /// <returns>The same application.</returns>
    /// <exception cref="ArgumentException">An option is out of its range.</exception>
    public static IEndpointRouteBuilder MapCloudStream(this IEndpointRouteBuilder endpoints)
    {
        var face = endpoints.ServiceProvider.GetRequiredService<HttpFace>();
        var collector = endpoints.ServiceProvider.GetRequiredService<MetricsCollector>();
        var members = endpoints.ServiceProvider.GetRequiredService<MemberSessions>();
        OperationMapper.Map(endpoints, Operations(face, collector, members), face.Logger);
        endpoints.MapCloudStreamOpenApi();
        return endpoints;
    }

    private static List<Operation> Operations(HttpFace face, MetricsCollector collector, MemberSessions members) =>
    [
        .. new TopicsEndpoint(face).Operations,
        .. new TopicEndpoint(face).Operations,
        new ProduceRecordsEndpoint(face).Operation,
        new TailTopicEndpoint(face).Operation,
        new FetchRecordsEndpoint(face).Operation,
        new AppendBatchesEndpoint(face).Operation,
        new FetchBatchesEndpoint(face).Operation,
        .. new OffsetsEndpoint(face).Operations,
        new ProducersEndpoint(face).Operation,
        new GroupsEndpoint(face).Operation,
        .. new GroupEndpoint(face).Operations,
        .. new GroupOffsetsEndpoint(face).Operations,
        new ResetOffsetsEndpoint(face).Operation,
        new MembersEndpoint(face, members).Operation,
        .. new MemberEndpoint(face, members).Operations,
        new PollEndpoint(face, members).Operation,
        .. new HealthEndpoint(face).Operations,
        new MetricsEndpoint(collector).Operation,
    ];
}

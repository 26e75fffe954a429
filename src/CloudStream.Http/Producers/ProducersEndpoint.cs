using CloudStream.Http.Face;
using CloudStream.Http.Requests;
using CloudStream.Http.Responses;
using CloudStream.Http.Routing;
using Microsoft.AspNetCore.Http;

namespace CloudStream.Http.Producers;

/// <summary><c>POST /v1/producers</c>: ids for idempotent producers.</summary>
internal sealed class ProducersEndpoint(HttpFace face)
{
    public Operation Operation => new()
    {
        Id = "createProducer",
        Method = "POST",
        Pattern = "/v1/producers",
        Tag = "producers",
        Summary = "Get a producer id that nobody else has or will have.",
        Responses = [new(200, "The id and its first epoch.", MediaTypes.Json, "Producer")],
        Problems = [503],
        Handler = HandleAsync,
    };

    private async Task HandleAsync(HttpContext context)
    {
        Accept.Choose(context.Request, MediaTypes.Json);
        var id = await face.Broker.AllocateProducerIdAsync(context.RequestAborted);
        await JsonResponse.WriteAsync(context, id, static (json, id) =>
        {
            json.WriteStartObject();
            json.WriteNumber("producerId", id);
            json.WriteNumber("producerEpoch", 0);
            json.WriteEndObject();
        });
    }
}

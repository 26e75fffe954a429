using System.Text;
using CloudStream.Http.Routing;
using Microsoft.AspNetCore.Http;

namespace CloudStream.Http.Metrics;

/// <summary><c>GET /metrics</c>.</summary>
internal sealed class MetricsEndpoint(MetricsCollector collector)
{
    public Operation Operation => new()
    {
        Id = "metrics",
        Method = "GET",
        Pattern = "/metrics",
        Tag = "operations",
        Summary = "Metrics in Prometheus' text format.",
        Responses = [new(200, "Metrics.", "text/plain", "Text")],
        Handler = HandleAsync,
    };

    private async Task HandleAsync(HttpContext context)
    {
        var text = Encoding.UTF8.GetBytes(PrometheusText.Write(collector.Collect()));
        context.Response.ContentType = PrometheusText.ContentType;
        context.Response.ContentLength = text.Length;
        await context.Response.BodyWriter.WriteAsync(text, context.RequestAborted);
    }
}

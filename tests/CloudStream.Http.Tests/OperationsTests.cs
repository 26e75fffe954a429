using System.Diagnostics.Metrics;
using CloudStream.Http.Metrics;
using CloudStream.Http.Routing;
using CloudStream.Http.Tests.Hosting;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;

namespace CloudStream.Http.Tests;

public class OperationsTests(BrokerFixture fixture) : IClassFixture<BrokerFixture>
{
    private HttpHost Host => fixture.Host;

    [Fact]
    public async Task The_cluster_says_who_it_is()
    {
        var cluster = (await Host.GetAsync("/v1/cluster")).AssertOk().Json;

        Assert.Equal(fixture.Broker.ClusterId, cluster.GetProperty("clusterId").GetString());
        Assert.Equal(fixture.Broker.BrokerId, cluster.GetProperty("brokerId").GetInt32());
        Assert.True(cluster.GetProperty("ready").GetBoolean());
        Assert.NotEmpty(cluster.GetProperty("version").GetString()!);
    }

    [Fact]
    public async Task The_openapi_document_has_every_mapped_operation_with_parameters_bodies_and_problems()
    {
        var document = (await Host.GetAsync("/openapi/v1.json")).AssertOk().Json;

        var mapped = Host.Services.GetRequiredService<EndpointDataSource>().Endpoints.Select(
            e => e.Metadata.GetMetadata<Operation>()).OfType<Operation>().ToList();
        Assert.Equal(30, mapped.Count);
        foreach (var operation in mapped)
        {
            var described = document.GetProperty("paths").GetProperty(operation.Pattern).GetProperty(operation.Method.ToLowerInvariant());
            Assert.Equal(operation.Id, described.GetProperty("operationId").GetString());
            Assert.NotEmpty(described.GetProperty("summary").GetString()!);
            Assert.True(described.GetProperty("responses").GetProperty("500").GetProperty("content").TryGetProperty(
                "application/problem+json", out _));
        }

        Assert.Equal(mapped.Select(o => $"{o.Method} {o.Pattern}").Order(), document.GetProperty("paths").EnumerateObject()
            .SelectMany(p => p.Value.EnumerateObject().Select(m => $"{m.Name.ToUpperInvariant()} {p.Name}")).Order());
    }

    [Fact]
    public async Task Every_reference_of_the_openapi_document_leads_somewhere()
    {
        var document = (await Host.GetAsync("/openapi/v1.json")).AssertOk();
        var schemas = document.Json.GetProperty("components").GetProperty("schemas");

        var references = System.Text.RegularExpressions.Regex.Matches(document.Text, "\"#/components/schemas/([^\"]+)\"").Select(
            m => m.Groups[1].Value).Distinct().ToList();

        Assert.Contains("ProduceRequest", references);
        Assert.All(references, name => Assert.True(schemas.TryGetProperty(name, out _), name));
    }

    [Fact]
    public async Task The_produce_operation_is_described_for_generators()
    {
        var post = (await Host.GetAsync("/openapi/v1.json")).AssertOk().Json.GetProperty("paths").GetProperty(
            "/v1/topics/{topic}/records").GetProperty("post");

        Assert.Equal(["application/json", "application/octet-stream", "application/x-ndjson", "text/plain"],
            post.GetProperty("requestBody").GetProperty("content").EnumerateObject().Select(c => c.Name).Order(StringComparer.Ordinal));
        Assert.Equal(["If-Match", "Producer-Id", "partition", "topic"], post.GetProperty("parameters").EnumerateArray().Select(
            p => p.GetProperty("name").GetString()!)
            .Where(n => n is "If-Match" or "Producer-Id" or "partition" or "topic").Order(StringComparer.Ordinal));
        Assert.All((string[])["200", "400", "404", "409", "413", "415", "429", "503"],
            status => Assert.True(post.GetProperty("responses").TryGetProperty(status, out _), status));
    }

    [Fact]
    public async Task Metrics_show_requests_by_route_and_our_own_counters()
    {
        var topic = await Host.NewTopicAsync();
        (await Host.PostJsonAsync($"/v1/topics/{topic}/records", """[{"value":"a"},{"value":"b"}]""")).AssertOk();

        var metrics = (await Host.GetAsync("/metrics")).AssertOk();

        Assert.Equal("text/plain", metrics.ContentType);
        Assert.Contains("# TYPE http_server_request_duration_seconds histogram\n", metrics.Text, StringComparison.Ordinal);
        Assert.Matches("""http_server_request_duration_seconds_count\{[^}]*http_route="/v1/topics/\{topic\}/records"[^}]*\} [1-9]""",
            metrics.Text);
        Assert.Contains("# TYPE cloudstream_http_produced_records_total counter\n", metrics.Text, StringComparison.Ordinal);
        Assert.Matches("cloudstream_http_produced_records_total [1-9][0-9]*\n", metrics.Text);
        Assert.Contains("# TYPE cloudstream_receive_usage_bytes gauge\n", metrics.Text, StringComparison.Ordinal);
        Assert.DoesNotContain(topic, metrics.Text, StringComparison.Ordinal);
        Assert.Empty(ExpositionFormat.Faults(metrics.Text));
    }

    [Fact]
    public void Instruments_that_share_a_name_or_tags_make_no_family_and_no_series_twice()
    {
        using var services = new ServiceCollection().AddMetrics().BuildServiceProvider();
        var factory = services.GetRequiredService<IMeterFactory>();
        using var meter = factory.Create("CloudStream.Test");
        using var again = factory.Create("CloudStream.Test", "2");
        using var collector = new MetricsCollector(factory, NullLogger.Instance);
        meter.CreateCounter<long>("cloudstream.shared").Add(1, new("a", 1), new("b", 2));
        again.CreateCounter<long>("cloudstream.shared").Add(2, new("b", 2), new("a", 1));
        again.CreateUpDownCounter<long>("cloudstream.shared.total").Add(9);
        meter.CreateCounter<long>("cloudstream.tags").Add(1, new("a.b", 1), new("a_b", 2), new("le", "x"));
        meter.CreateHistogram("cloudstream.h", null, null, null, new InstrumentAdvice<double> { HistogramBucketBoundaries = [1] })
            .Record(0.5, new KeyValuePair<string, object?>("le", "x"));
        again.CreateHistogram("cloudstream.h", null, null, null, new InstrumentAdvice<double> { HistogramBucketBoundaries = [1] })
            .Record(2, new KeyValuePair<string, object?>("le", "x"));
        again.CreateUpDownCounter<long>("cloudstream.h.count").Add(9);

        var text = Ours(collector);

        Assert.Empty(ExpositionFormat.Faults(text));
        Assert.Contains("cloudstream_shared_total{a=\"1\",b=\"2\"} 3\n", text, StringComparison.Ordinal);
        Assert.Contains("cloudstream_tags_total{a_b=\"1;2\",le=\"x\"} 1\n", text, StringComparison.Ordinal);
        Assert.Contains("cloudstream_h_bucket{exported_le=\"x\",le=\"1\"} 1\n", text, StringComparison.Ordinal);
        Assert.Contains("cloudstream_h_count{exported_le=\"x\"} 2\n", text, StringComparison.Ordinal);
    }

    [Fact]
    public void Instruments_of_every_kind_are_written_as_prometheus_reads_them()
    {
        using var services = new ServiceCollection().AddMetrics().BuildServiceProvider();
        var factory = services.GetRequiredService<IMeterFactory>();
        using var meter = factory.Create("CloudStream.Test");
        using var other = new Meter("Somebody.Else");
        using var collector = new MetricsCollector(factory, NullLogger.Instance);
        var counter = meter.CreateCounter<long>("cloudstream.things", "{thing}", "Things\\ and\nlines.");
        var upDown = meter.CreateUpDownCounter<int>("cloudstream.open");
        var histogram = meter.CreateHistogram(
            "cloudstream.wait", "s", null, null, new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.1, 1] });
        meter.CreateObservableGauge("cloudstream.size", () => 2.5, "By");
        meter.CreateObservableCounter("cloudstream.cpu", () => 7L, "s");
        other.CreateCounter<long>("theirs").Add(1);

        counter.Add(1, new KeyValuePair<string, object?>("error.type", "a\"b"));
        counter.Add(2, new KeyValuePair<string, object?>("error.type", "a\"b"));
        counter.Add(5, new KeyValuePair<string, object?>("error.type", 7));
        upDown.Add(3);
        upDown.Add(-1);
        histogram.Record(0.1);
        histogram.Record(0.5);
        histogram.Record(30);

        Assert.Equal("""
            # HELP cloudstream_cpu_seconds_total cloudstream.cpu
            # TYPE cloudstream_cpu_seconds_total counter
            cloudstream_cpu_seconds_total 7
            # HELP cloudstream_open cloudstream.open
            # TYPE cloudstream_open gauge
            cloudstream_open 2
            # HELP cloudstream_size_bytes cloudstream.size
            # TYPE cloudstream_size_bytes gauge
            cloudstream_size_bytes 2.5
            # HELP cloudstream_things_total Things\\ and\nlines.
            # TYPE cloudstream_things_total counter
            cloudstream_things_total{error_type="a\"b"} 3
            cloudstream_things_total{error_type="7"} 5
            # HELP cloudstream_wait_seconds cloudstream.wait
            # TYPE cloudstream_wait_seconds histogram
            cloudstream_wait_seconds_bucket{le="0.1"} 1
            cloudstream_wait_seconds_bucket{le="1"} 2
            cloudstream_wait_seconds_bucket{le="+Inf"} 3
            cloudstream_wait_seconds_sum 30.6
            cloudstream_wait_seconds_count 3

            """, Ours(collector));
    }

    [Fact]
    public void Series_are_bounded()
    {
        using var services = new ServiceCollection().AddMetrics().BuildServiceProvider();
        var factory = services.GetRequiredService<IMeterFactory>();
        using var meter = factory.Create("CloudStream.Test");
        using var collector = new MetricsCollector(factory, NullLogger.Instance);
        var counter = meter.CreateCounter<long>("cloudstream.many");

        for (var i = 0; i < 1500; i++)
            counter.Add(1, new KeyValuePair<string, object?>("id", i));

        var lines = Ours(collector).Split('\n').Where(l => l.StartsWith("cloudstream_many_total", StringComparison.Ordinal)).ToList();
        Assert.Equal(1001, lines.Count);
        Assert.Contains("cloudstream_many_total{overflow=\"true\"} 500", lines);
    }

    private static string Ours(MetricsCollector collector) =>
        PrometheusText.Write([.. collector.Collect().Where(t => t.Instrument.Meter.Name == "CloudStream.Test")]).ReplaceLineEndings("\n");
}

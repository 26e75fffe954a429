using System.Net;
using CloudStream.Cluster.Settings;
using CloudStream.Http.Admission;
using CloudStream.Http.Face;
using CloudStream.Http.Tests.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;

namespace CloudStream.Http.Tests;

/// <summary>Web pages that are not the broker's own neither write nor read; everybody else does.</summary>
public sealed class WhoMayAskTests(BrokerFixture fixture) : IClassFixture<BrokerFixture>
{
    private HttpHost Host => fixture.Host;

    private string OwnOrigin => Host.Address.GetLeftPart(UriPartial.Authority);

    [Fact]
    public async Task A_form_of_a_foreign_page_writes_nothing_and_the_refusal_names_the_setting()
    {
        var topic = await Host.NewTopicAsync();

        (await PostAsync(topic, ("Origin", "http://evil.example"), ("Sec-Fetch-Site", "cross-site"), ("Sec-Fetch-Mode", "navigate"),
            ("Sec-Fetch-Dest", "document")))
            .AssertProblem(403, "origin-not-allowed", "http://evil.example", "cloudstream.http.allowed.origins=http://evil.example");
        (await PostAsync(topic, ("Origin", "http://evil.example"))).AssertProblem(403, "origin-not-allowed");
        (await PostAsync(topic, ("Origin", "null"))).AssertProblem(403, "origin-not-allowed");
        (await PostAsync(topic, ("Sec-Fetch-Site", "same-site"))).AssertProblem(
            403, "origin-not-allowed", "cloudstream.http.allowed.origins");
        (await PostAsync(topic, ("Sec-Fetch-Site", "cross-site"))).AssertProblem(403, "origin-not-allowed");

        Assert.Equal(0, await EndAsync(topic));
    }

    [Fact]
    public async Task A_page_on_another_port_of_this_machine_is_foreign_too()
    {
        var topic = await Host.NewTopicAsync();

        (await PostAsync(topic, ("Origin", "http://127.0.0.1:1"), ("Sec-Fetch-Site", "same-site"))).AssertProblem(
            403, "origin-not-allowed");
        (await PostAsync(topic, ("Origin", $"http://localhost:{Host.Address.Port}"))).AssertProblem(403, "origin-not-allowed");

        Assert.Equal(0, await EndAsync(topic));
    }

    [Fact]
    public async Task A_page_whose_name_was_led_here_neither_writes_nor_reads()
    {
        var topic = await Host.NewTopicAsync();
        var evil = $"evil.example:{Host.Address.Port}";

        (await PostAsync(topic, ("Host", evil), ("Origin", $"http://{evil}"), ("Sec-Fetch-Site", "same-origin")))
            .AssertProblem(421, "host-not-allowed", "\"evil.example\"", "cloudstream.http.allowed.hosts=evil.example");
        (await Host.GetAsync("/v1/topics", ("Host", evil))).AssertProblem(421, "host-not-allowed");
        (await Host.GetAsync("/metrics", ("Host", evil))).AssertProblem(421, "host-not-allowed");
        (await Host.GetAsync("/openapi/v1.json", ("Host", evil))).AssertProblem(421, "host-not-allowed");
        (await Host.GetAsync("/nothing", ("Host", evil))).AssertProblem(421, "host-not-allowed");

        Assert.Equal(0, await EndAsync(topic));
    }

    [Fact]
    public async Task Reads_that_a_foreign_page_embeds_are_refused_and_links_are_followed()
    {
        (await Host.GetAsync("/v1/topics", ("Sec-Fetch-Site", "cross-site"), ("Sec-Fetch-Mode", "no-cors"),
            ("Sec-Fetch-Dest", "script"))).AssertProblem(403, "origin-not-allowed");
        (await Host.GetAsync("/v1/topics", ("Sec-Fetch-Site", "cross-site"), ("Sec-Fetch-Mode", "navigate"),
            ("Sec-Fetch-Dest", "iframe"))).AssertProblem(403, "origin-not-allowed");
        (await Host.GetAsync("/v1/topics", ("Sec-Fetch-Site", "cross-site"), ("Sec-Fetch-Mode", "navigate"),
            ("Sec-Fetch-Dest", "document"))).AssertOk();
        (await Host.GetAsync("/v1/topics", ("Sec-Fetch-Site", "none"), ("Sec-Fetch-Mode", "navigate"),
            ("Sec-Fetch-Dest", "document"))).AssertOk();
    }

    [Fact]
    public async Task Programs_and_pages_of_the_broker_itself_write()
    {
        var topic = await Host.NewTopicAsync();

        (await PostAsync(topic)).AssertOk();
        (await PostAsync(topic, ("Origin", OwnOrigin), ("Sec-Fetch-Site", "same-origin"))).AssertOk();
        (await PostAsync(topic, ("Host", $"localhost:{Host.Address.Port}"),
            ("Origin", $"http://localhost:{Host.Address.Port}"))).AssertOk();
        (await PostAsync(topic, ("Host", "app.localhost"), ("Origin", "https://app.localhost"))).AssertOk();
        (await PostAsync(topic, ("Host", "10.1.2.3:8098"))).AssertOk();
        (await PostAsync(topic, ("Host", "[fd00::1]:8098"), ("Origin", "http://[fd00::1]:8098"))).AssertOk();

        Assert.Equal(6, await EndAsync(topic));
    }

    [Fact]
    public async Task Hosts_and_origins_that_were_set_may_and_their_pages_read_the_answers()
    {
        await using var host = await HttpHost.StartAsync(
            fixture.Broker, o => (o.AllowedHosts, o.AllowedOrigins) = (["broker.example", ".corp.example"], ["https://console.example"]));
        var topic = await host.NewTopicAsync();
        (string, string)[] page = [("Host", "Broker.Example."), ("Origin", "https://console.example"), ("Sec-Fetch-Site", "cross-site")];

        var asked = await host.SendAsync(HttpMethod.Options, $"/v1/topics/{topic}/records", null,
            [.. page, ("Access-Control-Request-Method", "POST"), ("Access-Control-Request-Headers", "content-type,producer-id")]);
        Assert.Equal(HttpStatusCode.NoContent, asked.Status);
        Assert.Contains("POST", asked.Headers["Access-Control-Allow-Methods"], StringComparison.Ordinal);
        Assert.Equal("content-type,producer-id", asked.Headers["Access-Control-Allow-Headers"]);
        Assert.Equal("https://console.example", asked.Headers["Access-Control-Allow-Origin"]);

        var answer = (await host.PostJsonAsync($"/v1/topics/{topic}/records", """{"value":"a"}""", page)).AssertOk();
        Assert.Equal("https://console.example", answer.Headers["Access-Control-Allow-Origin"]);
        var problem = (await host.GetAsync("/v1/topics/none", page)).AssertProblem(404, "unknown-topic");
        Assert.Equal("https://console.example", problem.Headers["Access-Control-Allow-Origin"]);
        Assert.Equal("Accept,Origin", (await host.GetAsync($"/v1/topics/{topic}/partitions/0/records", page)).AssertOk().Headers["Vary"]
            .Replace(" ", "", StringComparison.Ordinal));

        (await host.GetAsync("/v1/topics", ("Host", "a.corp.example"))).AssertOk();
        (await host.GetAsync("/v1/topics", ("Host", "corp.example"))).AssertProblem(421, "host-not-allowed");
        (await host.GetAsync("/v1/topics", ("Host", "notcorp.example"))).AssertProblem(421, "host-not-allowed");
        (await host.GetAsync("/v1/topics", ("Host", "broker.example"), ("Origin", "http://console.example"))).AssertProblem(
            403, "origin-not-allowed");
    }

    [Fact]
    public async Task A_star_stands_for_all()
    {
        await using var host = await HttpHost.StartAsync(fixture.Broker, o => (o.AllowedHosts, o.AllowedOrigins) = (["*"], ["*"]));

        (await host.GetAsync("/v1/topics", ("Host", "any.example"), ("Origin", "http://other.example"),
            ("Sec-Fetch-Site", "cross-site"))).AssertOk();
        (await host.GetAsync("/v1/topics", ("Sec-Fetch-Site", "cross-site"), ("Sec-Fetch-Mode", "no-cors"))).AssertOk();
    }

    [Fact]
    public async Task Refusals_are_counted_and_logged_once_a_minute()
    {
        var (log, time) = (new FaultLog(LogLevel.Warning), new FakeTimeProvider());
        await using var host = await HttpHost.StartAsync(fixture.Broker);
        var guard = new PageGuard(new CloudStreamHttpOptions(), host.Services.GetRequiredService<HttpMeters>(), time, log);

        await RefuseAsync(guard, "evil.example");
        await RefuseAsync(guard, "evil.example");
        Assert.Single(log.Lines);
        time.Advance(TimeSpan.FromSeconds(60));
        await RefuseAsync(guard, "other.example");
        Assert.Equal(2, log.Lines.Count);
        Assert.Contains("\"other.example\"", log.Lines.Last(), StringComparison.Ordinal);

        await host.GetAsync("/v1/topics", ("Origin", "http://evil.example"));
        var metrics = (await host.GetAsync("/metrics")).AssertOk().Text;
        Assert.Contains("cloudstream_http_refused_callers_total{reason=\"host\"} 3\n", metrics, StringComparison.Ordinal);
        Assert.Contains("cloudstream_http_refused_callers_total{reason=\"origin\"} 1\n", metrics, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("broker", "192.168.1.7", true)] // a container's name
    [InlineData("broker", "127.0.0.1", false)]
    [InlineData("broker", null, false)]
    [InlineData("broker.example", "192.168.1.7", false)]
    [InlineData("", "127.0.0.1", true)] // HTTP/1.0
    [InlineData("localhost.", "127.0.0.1", true)]
    [InlineData("localhost.evil.example", "127.0.0.1", false)]
    [InlineData("127.0.0.1.evil.example", "127.0.0.1", false)]
    [InlineData("127.0.0.1@evil.example", "127.0.0.1", false)]
    public void Names_without_a_dot_are_taken_from_the_network_alone(string host, string? local, bool isAllowed) =>
        Assert.Equal(isAllowed, new AllowedHosts([]).Allow(new HostString(host), local is null ? null : IPAddress.Parse(local)));

    [Fact]
    public void What_the_broker_advertises_and_what_is_set_is_allowed()
    {
        var broker = new BrokerOptions { Endpoints = { ["http"] = "http://*:8098", ["kafka"] = "broker.example:9092" } };
        Assert.True(BrokerSettings.TryApply(broker, "cloudstream.http.allowed.hosts", "a.example, *.b.example", out _));
        Assert.True(BrokerSettings.TryApply(broker, "cloudstream.http.allowed.origins", "https://c.example,null", out _));

        var options = new CloudStreamHttpOptions();
        options.Take(broker);

        Assert.Equal(["a.example", "*.b.example", "broker.example"], options.AllowedHosts);
        Assert.Equal(["https://c.example", "null"], options.AllowedOrigins);
        Assert.True(new AllowedHosts(options.AllowedHosts).Allow(new HostString("x.b.example"), IPAddress.Loopback));
        Assert.False(new AllowedHosts(options.AllowedHosts).Allow(new HostString("b.example"), IPAddress.Loopback));
    }

    [Theory]
    [InlineData(null, 130_000)]
    [InlineData("1200", 1200)]
    [InlineData("0", 1)]
    [InlineData("-1", -1)]
    [InlineData("9223372036854775807", -1)]
    public void Connections_between_two_requests_are_kept_as_long_as_is_set(string? value, int milliseconds)
    {
        var broker = new BrokerOptions();
        Assert.True(value is null || BrokerSettings.TryApply(broker, "connections.max.idle.ms", value, out _));

        var options = new CloudStreamHttpOptions();
        options.Take(broker);

        Assert.Equal(TimeSpan.FromMilliseconds(milliseconds), options.KeepAlive);
        options.Validate();
    }

    [Theory]
    [InlineData("cloudstream.http.allowed.hosts", "broker.example:8098")]
    [InlineData("cloudstream.http.allowed.hosts", "http://broker.example")]
    [InlineData("cloudstream.http.allowed.origins", "console.example")]
    [InlineData("cloudstream.http.allowed.origins", "https://console.example/")]
    public void Settings_that_could_never_match_are_refused(string name, string value)
    {
        Assert.False(BrokerSettings.TryApply(new BrokerOptions(), name, value, out var error));
        Assert.Contains(name, error, StringComparison.Ordinal);
    }

    // What a form of a page sends without a question of the browser beforehand.
    private Task<Answer> PostAsync(string topic, params (string, string)[] headers) =>
        Host.PostAsync($"/v1/topics/{topic}/records", HttpHost.Body("x=y", "text/plain"), headers);

    private async Task<long> EndAsync(string topic) =>
        (await Host.GetAsync($"/v1/topics/{topic}/partitions/0/offsets?at=latest")).AssertOk().Json.GetProperty("offset").GetInt64();

    private static Task RefuseAsync(PageGuard guard, string host)
    {
        var context = new DefaultHttpContext { Request = { Host = new HostString(host) } };
        return guard.HandleAsync(context, _ => throw new InvalidOperationException("let through"));
    }
}

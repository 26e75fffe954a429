using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using CloudStream.Http.Tests.Hosting;

namespace CloudStream.Http.Tests;

/// <summary>Clients that close their sending half, that are gone, and that speak HTTP/2 without TLS.</summary>
public sealed class TransportTests(BrokerFixture fixture) : IClassFixture<BrokerFixture>
{
    private HttpHost Host => fixture.Host;

    [Theory]
    [InlineData("")]
    [InlineData("?wait=60s")]
    [InlineData("?offset=latest&wait=60s")]
    public async Task A_client_that_closes_its_sending_half_gets_its_answer_at_once(string query)
    {
        var topic = await Host.NewTopicAsync();

        var answer = await Host.SendAndCloseAsync(
            $"GET /v1/topics/{topic}/partitions/0/records{query} HTTP/1.1\r\nHost: localhost\r\n\r\n");

        Assert.StartsWith("HTTP/1.1 200", answer, StringComparison.Ordinal);
        Assert.Contains("\"records\":[]", answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Its_batches_and_polls_do_not_wait_either()
    {
        var topic = await Host.NewTopicAsync();
        var member = (await Host.PostJsonAsync("/v1/groups/half/members",
            $$"""{"topics":["{{topic}}"],"sessionTimeoutMs":60000}""")).AssertOk().Json.GetProperty("memberId").GetString();

        var batches = await Host.SendAndCloseAsync(
            $"GET /v1/topics/{topic}/partitions/0/batches?offset=0&wait=60s HTTP/1.1\r\nHost: localhost\r\n\r\n");
        var poll = await Host.SendAndCloseAsync(
            $"POST /v1/groups/half/members/{member}/poll HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: "
                + $"14\r\n\r\n{{\"wait\":\"60s\"}}");

        Assert.StartsWith("HTTP/1.1 200", batches, StringComparison.Ordinal);
        Assert.Contains("\"records\":[]", poll, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_record_is_stored_and_answered_after_the_sending_half_is_closed()
    {
        var topic = await Host.NewTopicAsync();

        var answer = await Host.SendAndCloseAsync(
            $"POST /v1/topics/{topic}/records HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/plain\r\nContent-Length: 5\r\n\r\nhello");

        Assert.Contains("\"offset\":0", answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Lines_in_chunks_are_stored_and_answered_after_the_sending_half_is_closed()
    {
        var topic = await Host.NewTopicAsync();
        var head = $"POST /v1/topics/{topic}/records HTTP/1.1\r\nHost: localhost\r\n"
            + "Content-Type: application/x-ndjson\r\nTransfer-Encoding: chunked\r\n\r\n";

        var answer = await Host.SendAndCloseAsync(head + "10\r\n{\"value\": \"one\"}\r\n0\r\n\r\n");

        Assert.Contains("\"accepted\":1", answer, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("application/x-ndjson")]
    [InlineData("text/event-stream")]
    public async Task Streams_go_on_and_those_of_clients_that_are_gone_end(string type)
    {
        await using var host = await HttpHost.StartAsync(fixture.Broker, o => o.Heartbeat = TimeSpan.FromMilliseconds(50));
        var topic = await host.NewTopicAsync();
        using var client = await host.ConnectAsync();
        var request = $"GET /v1/topics/{topic}/records HTTP/1.1\r\nHost: localhost\r\nAccept: {type}\r\n\r\n";
        await client.SendAsync(Encoding.ASCII.GetBytes(request));
        client.Shutdown(SocketShutdown.Send);
        await client.ReadUntilAsync("200 OK");
        (await host.PostJsonAsync($"/v1/topics/{topic}/records", """{"value":"after the end"}""")).AssertOk();
        await client.ReadUntilAsync("after the end");

        client.Close();

        while (!(await host.GetAsync("/metrics")).AssertOk().Text.Contains("cloudstream_http_tails 0\n", StringComparison.Ordinal))
            await Task.Yield();
    }

    [Fact]
    public async Task Http2_without_tls_is_told_in_http2()
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/v1/topics")
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact
        };

        using var response = await Host.Client.SendAsync(request);

        Assert.Equal((HttpVersion.Version20, 505), (response.Version, (int)response.StatusCode));
        Assert.Equal("application/problem+json", response.Content.Headers.ContentType?.MediaType);
        Assert.Contains("HTTP/1.1", JsonDocument.Parse(await response.Content.ReadAsStringAsync()).RootElement.GetProperty(
            "detail").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_only_begins_like_http2_is_http1()
    {
        using var client = await Host.ConnectAsync();
        foreach (var b in Encoding.ASCII.GetBytes("PRIVATE /nothing HTTP/1.1\r\nHost: localhost\r\n\r\n"))
            await client.SendAsync(new[] { b });

        await client.ReadUntilAsync("HTTP/1.1 404");
    }
}

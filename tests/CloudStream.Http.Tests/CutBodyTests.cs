using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using CloudStream.Cli.Tests;
using CloudStream.Http.Tests.Hosting;
using Microsoft.Extensions.Logging;

namespace CloudStream.Http.Tests;

/// <summary>Clients that close their sending half in the middle of a request, and those that reset the connection there.</summary>
public sealed class CutBodyTests(BrokerFixture fixture) : IClassFixture<BrokerFixture>
{
    private const string Ndjson = "application/x-ndjson", Chunked = "Transfer-Encoding: chunked";

    // HTTP/2's way to say so: the frame GOAWAY with this error.
    private const string Http11Required = "\0\0\u0008\u0007\0\0\0\0\0\0\0\0\0\0\0\0\u000d";
    private const string Lines = "{\"value\":\"one\"}\n{\"value\":\"two\"}\n{\"val";
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);

    private HttpHost Host => fixture.Host;

    [Theory]
    [InlineData("Content-Length: 1000", Lines, "ended after 37 of 1000 bytes")]
    [InlineData(Chunked, "2f\r\n" + Lines, "ended after 37 bytes")]
    [InlineData(Chunked, "25\r\n" + Lines + "\r\n", "ended after 37 bytes")]
    [InlineData(Chunked, "25\r\n" + Lines + "\r\n1", "ended after 37 bytes")]
    [InlineData("Expect: 100-continue\r\nContent-Length: 1000", Lines, "ended after 37 of 1000 bytes")]
    public async Task An_upload_whose_sender_closes_in_the_middle_says_what_was_accepted(string framing, string body, string how)
    {
        var topic = await Host.NewTopicAsync();

        var answer = await Host.SendAndCloseAsync(Head(topic, Ndjson, framing) + body);

        Assert.Contains("HTTP/1.1 400", answer, StringComparison.Ordinal);
        Assert.Contains("Connection: close", answer, StringComparison.Ordinal);
        Assert.Contains(how, answer, StringComparison.Ordinal);
        Assert.Contains("\"accepted\":2", answer, StringComparison.Ordinal);
        Assert.Equal(2, await EndAsync(topic));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_large_one_too(bool isChunked)
    {
        var topic = await Host.NewTopicAsync();
        var line = $"{{\"value\":\"{new string('x', 10_000)}\"}}\n";
        var lines = string.Concat(Enumerable.Repeat(line, 500)) + "{\"value\":\"half";

        var answer = await Host.SendAndCloseAsync(isChunked
            ? $"{Head(topic, Ndjson, Chunked)}{lines.Length:x}\r\n{lines}"
            : Head(topic, Ndjson, $"Content-Length: {2 * lines.Length}") + lines);

        Assert.StartsWith("HTTP/1.1 400", answer, StringComparison.Ordinal);
        Assert.Contains("\"accepted\":500", answer, StringComparison.Ordinal);
        Assert.Equal(500, await EndAsync(topic));
    }

    [Fact]
    public async Task Results_that_were_sent_are_followed_by_why_there_are_no_more()
    {
        var topic = await Host.NewTopicAsync();
        using var stream = await DuplexRequest.OpenAsync(Host.Address, $"/v1/topics/{topic}/records?results=true");
        await stream.WriteAsync("{\"value\":\"one\"}\n{\"value\":\"two\"}\n{");
        Assert.Equal("""{"partition":0,"offset":0}""", await stream.ReadLineAsync());
        Assert.Equal("""{"partition":0,"offset":1}""", await stream.ReadLineAsync());

        stream.CloseSending();

        var error = JsonDocument.Parse((await stream.ReadLineAsync())!).RootElement.GetProperty("error");
        Assert.Contains("ended after 33 bytes", error.GetProperty("detail").GetString(), StringComparison.Ordinal);
        Assert.Equal(2, error.GetProperty("accepted").GetInt64());
        Assert.Null(await stream.ReadLineAsync());
    }

    [Theory]
    [InlineData(Ndjson, "If-Match: \"0\"\r\nContent-Length: 1000", Lines, "37 of 1000")]
    [InlineData("application/json", "Content-Length: 1000", "[{\"value\":\"one\"}", "16 of 1000")]
    [InlineData("application/json", Chunked, "10\r\n[{\"value\":\"one\"}\r\n", "after 16 bytes")]
    [InlineData("application/json", "Content-Length: 1000", "", "0 of 1000")]
    [InlineData("application/json", Chunked, "", "after 0 bytes")]
    [InlineData("text/plain", "Content-Length: 6", "hello", "5 of 6")]
    [InlineData("text/plain", Chunked, "6\r\nhello", "after 5 bytes")]
    [InlineData("text/plain", Chunked, "5\r\nhello\r\n0\r\n", "after 5 bytes")]
    [InlineData("text/plain", "Expect: 100-continue\r\nContent-Length: 6", "", "0 of 6")]
    public async Task A_body_that_counts_as_a_whole_is_refused_and_nothing_is_stored(string type, string framing, string body, string how)
    {
        var topic = await Host.NewTopicAsync();

        var answer = await Host.SendAndCloseAsync(Head(topic, type, framing, "?partition=0") + body);

        Assert.Contains("HTTP/1.1 400", answer, StringComparison.Ordinal);
        Assert.Contains(how, answer, StringComparison.Ordinal);
        Assert.Equal(0, await EndAsync(topic));
    }

    [Theory]
    [InlineData(1_000_000, 3_000_000)]
    [InlineData(3_000_000, 3_000_001)]
    public async Task A_large_one_is_refused_too(int sent, int length)
    {
        var topic = await Host.NewTopicAsync(1, """{"max.message.bytes":"4000000"}""");

        var answer = await Host.SendAndCloseAsync(Head(topic, "text/plain", $"Content-Length: {length}") + new string('x', sent));

        Assert.StartsWith("HTTP/1.1 400", answer, StringComparison.Ordinal);
        Assert.Contains($"{sent} of {length} bytes", answer, StringComparison.Ordinal);
        Assert.Equal(0, await EndAsync(topic));
    }

    [Theory]
    [InlineData("/v1/nothing", "text/plain", 404)]
    [InlineData("/v1/topics/no-such-topic/records", "multipart/form-data", 415)]
    [InlineData("/v1/topics/no-such-topic/records", Ndjson, 404)]
    [InlineData("/healthz", "text/plain", 405)]
    public async Task Who_is_answered_before_the_body_is_read_gets_the_whole_answer(string path, string type, int status)
    {
        foreach (var framing in (string[])["Content-Length: 1000\r\n\r\nhalf", $"{Chunked}\r\n\r\n9\r\nhalf"])
        {
            var answer = await Host.SendAndCloseAsync($"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: {type}\r\n{framing}");

            Assert.StartsWith($"HTTP/1.1 {status}", answer, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Requests_that_came_whole_before_are_answered()
    {
        var topic = await Host.NewTopicAsync();
        var whole = Head(topic, "text/plain", "Content-Length: 3") + "one";

        var answers = await Host.SendAndCloseAsync(whole + whole + Head(topic, "text/plain", "Content-Length: 3") + "on");

        Assert.Equal(["200", "200", "400"], Statuses(answers));
        Assert.Equal(2, await EndAsync(topic));
    }

    [Fact]
    public async Task Cut_anywhere_a_request_is_answered_400_or_not_at_all_and_ends()
    {
        var topic = await Host.NewTopicAsync();
        var whole = Head(topic, "text/plain", "Content-Length: 5") + "hello";
        var head = whole.Length - "hello".Length;
        for (var length = 0; length < whole.Length; length++)
        {
            var statuses = Statuses(await Host.SendAndCloseAsync(whole[..length]));

            Assert.True(statuses is ["400"] || (statuses is [] && length < head), $"cut after {length}: {string.Join(", ", statuses)}");
        }

        Assert.Equal(0, await EndAsync(topic));
    }

    [Theory]
    [InlineData("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")]
    [InlineData("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\u0004\0\0\0\0\0")]
    [InlineData("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\u0004\0\0\0\0\0\0\0\u0001\u0001\u0004\0\0\0\u0001x")]
    public async Task Http2_cut_anywhere_ends_and_a_request_in_it_is_refused(string whole)
    {
        for (var length = 0; length <= whole.Length; length++)
        {
            var answer = await Host.SendAndCloseAsync(whole[..length]);

            if (whole.Length > 40 && length >= 42)
                Assert.Contains("http-version-not-supported", answer, StringComparison.Ordinal);
            else
                Assert.True(answer.Length == 0 || Statuses(answer) is ["400"] || answer == Http11Required, $"cut after {length}: {answer}");
        }
    }

    [Theory]
    [InlineData(Ndjson, "Content-Length: 1000")]
    [InlineData(Ndjson, Chunked)]
    [InlineData("application/json", "Content-Length: 1000")]
    [InlineData("application/json", Chunked)]
    public async Task A_client_that_resets_the_connection_in_the_middle_is_gone(string type, string framing)
    {
        using var log = new FaultLog(LogLevel.Debug);
        await using var host = await HttpHost.StartAsync(fixture.Broker, loggers: log);
        var topic = await host.NewTopicAsync();
        using var client = await host.ConnectAsync();

        // The server asks for more of the body when it is being read.
        await client.SendAsync(Encoding.ASCII.GetBytes(Head(topic, type, framing + "\r\nExpect: 100-continue")));
        await client.ReadUntilAsync("100 Continue\r\n\r\n");
        client.LingerState = new LingerOption(enable: true, 0);
        client.Close();

        await Eventually.TrueAsync(
            () => Task.FromResult(log.Lines.Any(static l => l.Contains("went away", StringComparison.Ordinal))), s_patience,
            () => $"the client is not gone: {string.Join('\n', log.Lines)}");
        Assert.Equal("", string.Join('\n', log.Lines.Where(static l => l.Contains("/records failed", StringComparison.Ordinal))));
    }

    private static string Head(string topic, string type, string framing, string query = "") =>
        $"POST /v1/topics/{topic}/records{query} HTTP/1.1\r\nHost: localhost\r\nContent-Type: {type}\r\n{framing}\r\n\r\n";

    private static string[] Statuses(string answers) =>
        [.. answers.Split("HTTP/1.1 ").Skip(1).Select(static a => a[..3]).Where(static s => s != "100")];

    private async Task<long> EndAsync(string topic) =>
        (await Host.GetAsync($"/v1/topics/{topic}/partitions/0/records?limit=1")).AssertOk().Json.GetProperty("highWatermark").GetInt64();
}

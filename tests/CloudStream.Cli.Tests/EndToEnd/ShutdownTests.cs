using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using CloudStream.Cli.Bench.Kafka;
using CloudStream.Cli.Tests.Processes;
using CloudStream.Kafka.Face;
using CloudStream.Kafka.Messages;

namespace CloudStream.Cli.Tests.EndToEnd;

/// <summary>
/// SIGTERM while clients wait, or are waited for: who waits is answered, nobody holds up the end, and the broker is drained.
/// </summary>
public sealed class ShutdownTests(ITestOutputHelper output) : IDisposable
{
    private const string LongPoll = "GET /v1/topics/quiet/partitions/0/records?wait=60s HTTP/1.1\r\nHost: localhost\r\n\r\n";
    private const string HalfBody =
        "POST /v1/topics/quiet/records HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 900\r\n\r\n{";
    private const string HalfHead = "GET /v1/topics/quiet HTTP/1.1\r\nHost: loc";
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);
    private readonly TemporaryFolder _folder = new();

    [Fact]
    public async Task ALongPollIsAnsweredWithAnEmptyPage()
    {
        string answer = await AnswerAtStopAsync(LongPoll);
        Assert.StartsWith("HTTP/1.1 200 ", answer, StringComparison.Ordinal);
        Assert.Contains("\"records\":[]", answer.Replace(" ", "", StringComparison.Ordinal), StringComparison.Ordinal);
    }

    [Fact]
    public async Task AHalfBodyIsAnsweredWith503AndRetryAfter()
    {
        string answer = await AnswerAtStopAsync(HalfBody);
        Assert.StartsWith("HTTP/1.1 503 ", answer, StringComparison.Ordinal);
        Assert.Contains("Retry-After: ", answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AnOpenUploadIsAnsweredWith503AndRetryAfter()
    {
        string answer = await AnswerAtStopAsync(
            "POST /v1/topics/quiet/records HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-ndjson\r\nTransfer-Encoding: "
                + "chunked\r\n\r\n"
            + "e\r\n{\"value\":\"x\"}\n\r\n");
        Assert.StartsWith("HTTP/1.1 503 ", answer, StringComparison.Ordinal);
        Assert.Contains("Retry-After: ", answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task HalfARequestHeadIsAnsweredWith503AndNotReset()
    {
        string answer = "";
        for (int round = 0; round < 10 && answer.Length == 0; round++)
        {
            await using ServeProcess serve = await StartAsync(ServeProcess.FreePort());

            // The first answer tells that what came with the first request is there, too; not that it has been looked at: then the
            // connection is closed as an idle one is.
            using Socket client = await SendAsync(serve.Address.Port, "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n" + HalfHead);
            string first = "";
            var buffer = new byte[4096];
            while (!first.EndsWith('}'))
                first += Encoding.UTF8.GetString(buffer, 0, await client.ReceiveAsync(buffer));
            Task<int> ending = serve.TerminateAsync();
            while (await client.ReceiveAsync(buffer) is > 0 and var received) // Throws when it is reset.
                answer += Encoding.UTF8.GetString(buffer, 0, received);
            Assert.Equal(0, await ending);
            AssertDrained();
        }

        Assert.StartsWith("HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\nRetry-After: 1\r\n", answer, StringComparison.Ordinal);
        Assert.Contains("shutting-down", answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AReaderThatDoesNotReadHoldsUpNothing()
    {
        await using ServeProcess serve = await StartAsync(ServeProcess.FreePort());
        using var producer = new HttpClient { BaseAddress = serve.Address };
        for (int i = 0; i < 32; i++)
        {
            var value = new ByteArrayContent(new byte[1_000_000]);
            value.Headers.ContentType = new("application/octet-stream");
            (await producer.PostAsync(new Uri("/v1/topics/quiet/records", UriKind.Relative), value)).EnsureSuccessStatusCode();
        }

        // More than lies in the buffers between the two.
        using Socket client = await SendAsync(
            serve.Address.Port, "GET /v1/topics/quiet/partitions/0/batches?maxBytes=32000000 HTTP/1.1\r\nHost: localhost\r\n\r\n", 4096);
        await client.ReceiveAsync(new byte[1]);
        long began = Stopwatch.GetTimestamp();
        Assert.Equal(0, await serve.TerminateAsync());
        output.WriteLine($"ended {Stopwatch.GetElapsedTime(began).TotalMilliseconds:0} ms after SIGTERM, with a reader that does not read");
        AssertDrained();
    }

    [Fact]
    public async Task AStreamOfEventsEndsWhole()
    {
        string answer = await AnswerAtStopAsync(
            "GET /v1/topics/quiet/records HTTP/1.1\r\nHost: localhost\r\nAccept: text/event-stream\r\n\r\n");
        Assert.StartsWith("HTTP/1.1 200 ", answer, StringComparison.Ordinal);
        Assert.Contains("id:", answer, StringComparison.Ordinal);
        Assert.EndsWith("0\r\n\r\n", answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AFetchOfAKafkaClientIsAnsweredEmpty()
    {
        int kafka = ServeProcess.FreePort();
        await using ServeProcess serve = await StartAsync(kafka);
        using BrokerConnection client = await BrokerConnection.OpenAsync(new HostPort("127.0.0.1", kafka), CancellationToken.None);
        var fetch = new FetchRequest
        {
            MaxWaitMs = 60_000,
            MinBytes = 1,
            MaxBytes = 1 << 20,
            Topics = [new() { Topic = "quiet", Partitions = [new() { PartitionMaxBytes = 1 << 20 }] }]
        };
        await client.SendAsync(fetch, 11, CancellationToken.None);
        await serve.MeasuresAsync("cloudstream_kafka_requests_total{api=\"Fetch\"", 1);

        Task<int> ending = serve.TerminateAsync();
        var answer = await client.ReceiveAsync<FetchResponse>(11, CancellationToken.None);

        Assert.Equal(0, answer.ErrorCode);
        Assert.Equal(0, answer.Responses.Sum(t => t.Partitions.Sum(p => p.Records?.Sum(r => r.Length) ?? 0)));
        Assert.Equal(0, await ending);
        AssertDrained();
    }

    [Fact]
    public async Task AThousandClientsThatWaitOrAreWaitedForDoNotHoldUpTheEnd()
    {
        int kafka = ServeProcess.FreePort();
        await using ServeProcess serve = await StartAsync(kafka);
        var clients = new List<Socket>();
        try
        {
            for (int i = 0; i < 500; i++)
            {
                clients.Add(await SendAsync(serve.Address.Port, i % 2 == 0 ? LongPoll : HalfBody));
                clients.Add(await SendAsync(i % 2 == 0 ? serve.Address.Port : kafka, i % 2 == 0 ? HalfHead : "\0\0\0"));
            }

            await serve.MeasuresAsync("http_server_active_requests", 501);
            long began = Stopwatch.GetTimestamp();
            Assert.Equal(0, await serve.TerminateAsync());
            output.WriteLine($"ended {Stopwatch.GetElapsedTime(began).TotalMilliseconds:0} ms after SIGTERM, with 1,000 clients");
            AssertDrained();
        }
        finally
        {
            clients.ForEach(c => c.Dispose());
        }
    }

    public void Dispose() => _folder.Dispose();

    private async Task<ServeProcess> StartAsync(int kafka)
    {
        ServeProcess serve = await ServeProcess.StartAsync(_folder.Combine("data"), 0, "--kafka", $"127.0.0.1:{kafka}");
        (await CloudStreamProcess.RunAsync(serve.Address, "topic", "create", "quiet", "--partitions", "1")).Succeeded();
        return serve;
    }

    // What comes after SIGTERM to a client whose request was in progress, and that the process has ended well.
    private async Task<string> AnswerAtStopAsync(string request)
    {
        await using ServeProcess serve = await StartAsync(ServeProcess.FreePort());
        using Socket client = await SendAsync(serve.Address.Port, request);
        await serve.MeasuresAsync("http_server_active_requests", 2); // That which asks included.
        long began = Stopwatch.GetTimestamp();
        Task<int> ending = serve.TerminateAsync();
        string answer = await ReadToEndAsync(client);
        Assert.Equal(0, await ending);
        output.WriteLine($"ended {Stopwatch.GetElapsedTime(began).TotalMilliseconds:0} ms after SIGTERM");
        AssertDrained();
        return answer;
    }

    // Only a broker that has left the cluster takes its proof of life away itself.
    private void AssertDrained() => Assert.Empty(Directory.GetFiles(_folder.Combine("data/alive")));

    private static async Task<Socket> SendAsync(int port, string text, int receiveBytes = 0)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        if (receiveBytes > 0)
            socket.ReceiveBufferSize = receiveBytes;
        await socket.ConnectAsync(IPAddress.Loopback, port);
        await socket.SendAsync(Encoding.ASCII.GetBytes(text));
        return socket;
    }

    private static async Task<string> ReadToEndAsync(Socket socket)
    {
        var answer = new StringBuilder();
        var buffer = new byte[4096];
        using var limit = new CancellationTokenSource(Limit);
        try
        {
            while (await socket.ReceiveAsync(buffer, limit.Token) is > 0 and var received)
                answer.Append(Encoding.UTF8.GetString(buffer, 0, received));
        }
        catch (SocketException)
        {
            // Cut off, after the answer or instead of it.
        }

        return answer.ToString();
    }
}

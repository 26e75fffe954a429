using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Text;
using CloudStream.Cli.Tests.Processes;

namespace CloudStream.Cli.Tests.EndToEnd;

/// <summary>
/// What clients can make a real broker hold: much more is sent to it than it may hold, and others go on meanwhile. Sizes are those of the
/// report, scaled down: 30 connections that announce more than they send, and 40 JSON arrays at once.
/// </summary>
public sealed class MemoryTests
{
    private const int MiB = 1024 * 1024;
    private const int Connections = 30, AnnouncedBytes = 20 * MiB, SentBytes = 18 * MiB;
    private const int Arrays = 40, ArrayBytes = 5 * MiB;

    // Generous: what a broker takes at work, its compiler included. Without limits the connections alone took 540 MiB.
    private const long BoundBytes = 360L * MiB;

    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(120);
    private static readonly string[] s_small =
    [
        "--set", "cloudstream.receive.bytes=33554432", "--set", "cloudstream.send.bytes=16777216",
        "--set", "cloudstream.tail.bytes=16777216", "--set", "cloudstream.cache.bytes=16777216",
        "--set", "cloudstream.buffer.bytes=33554432", "--set", "cloudstream.shard.buffer.bytes=33554432",
        "--set", "cloudstream.receive.stall.ms=600000",
    ];

    [Fact]
    public async Task Much_more_than_a_broker_may_hold_is_sent_to_it_and_others_go_on()
    {
        if (!OperatingSystem.IsLinux())
            Assert.Skip("the memory of a process is read from /proc");
        using var folder = new TemporaryFolder();
        await using var serve = await ServeProcess.StartAsync(folder.Path, 0, s_small);
        using var client = new HttpClient { BaseAddress = serve.Address, Timeout = s_patience };
        await ProduceAsync(client, 0);

        // 1. JSON arrays: each waits for its turn, and none is refused.
        var array = new StringBuilder("[");
        while (array.Length < ArrayBytes)
            array.Append("{\"value\":\"").Append('x', 1000).Append("\"},");
        var text = array.Append("{}]").ToString();
        await Task.WhenAll(Enumerable.Range(0, Arrays).Select(_ => PostAsync(client, "arrays", text)));

        // 2. Half-sent frames, which stay: whoever waits holds no more than what the server reads ahead.
        var sockets = Enumerable.Range(0, Connections).Select(_ => new Socket(SocketType.Stream, ProtocolType.Tcp)).ToList();
        var kafka = IPEndPoint.Parse(await serve.PrintedLineAsync("kafka  "));
        using var cut = new CancellationTokenSource();
        var sending = sockets.Select(s => SendAsync(s, kafka, cut.Token)).ToList();
        await (await Task.WhenAny(sending)).WaitAsync(s_patience, cut.Token);
        for (var i = 1; i < 20; i++)
            await ProduceAsync(client, i);
        Assert.Equal(20, await ConsumeAsync(client));
        Assert.InRange(Memory(serve, "VmHWM"), 1, BoundBytes);

        await cut.CancelAsync();
        sockets.ForEach(s => s.Dispose());
        await Task.WhenAll(sending);
        await Eventually.TrueAsync(async () => await UsageAsync(client) == 0, s_patience, () => "memory is still accounted for");
        await ProduceAsync(client, 20);
        Assert.InRange(Memory(serve, "VmRSS"), 1, BoundBytes);
        Assert.Equal(0, await serve.TerminateAsync());
    }

    // One gets through to the end of what it sends; the others as far as they are read.
    private static async Task SendAsync(Socket socket, IPEndPoint to, CancellationToken cut)
    {
        try
        {
            await socket.ConnectAsync(to, cut);
            var size = new byte[4];
            BinaryPrimitives.WriteInt32BigEndian(size, AnnouncedBytes);
            await socket.SendAsync(size, cut);
            var piece = new byte[64 * 1024];
            for (var sent = 0; sent < SentBytes; sent += piece.Length)
                await socket.SendAsync(piece, cut);
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // It is cut off while it waits, which is what it came for.
        }
    }

    private static Task ProduceAsync(HttpClient client, int number) => PostAsync(client, "ordinary", $$"""{"value":"{{number}}"}""");

    private static async Task PostAsync(HttpClient client, string topic, string json)
    {
        using var body = new StringContent(json, Encoding.UTF8, "application/json");
        using var answer = await client.PostAsync($"/v1/topics/{topic}/records", body);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
    }

    private static async Task<int> ConsumeAsync(HttpClient client)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/v1/topics/ordinary/partitions/0/records");
        request.Headers.Add("Accept", "application/x-ndjson");
        using var answer = await client.SendAsync(request);
        return (await answer.Content.ReadAsStringAsync()).Count(c => c == '\n');
    }

    private static async Task<long> UsageAsync(HttpClient client)
    {
        var metrics = await client.GetStringAsync("/metrics");
        return (long)double.Parse(
            metrics.Split('\n').Single(l => l.StartsWith("cloudstream_receive_usage", StringComparison.Ordinal)).Split(' ')[^1],
            System.Globalization.CultureInfo.InvariantCulture);
    }

    private static long Memory(ServeProcess serve, string name) => 1024 * long.Parse(
        File.ReadLines($"/proc/{serve.ProcessId}/status").Single(l => l.StartsWith(name + ":", StringComparison.Ordinal))
            .Split(' ', StringSplitOptions.RemoveEmptyEntries)[1],
        System.Globalization.CultureInfo.InvariantCulture);
}

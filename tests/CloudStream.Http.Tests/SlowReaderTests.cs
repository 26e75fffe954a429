using System.Net.Sockets;
using System.Net;
using System.Text;
using CloudStream.Cli.Tests;
using CloudStream.Http.Tests.Hosting;
using Microsoft.Extensions.Logging;

namespace CloudStream.Http.Tests;

/// <summary>Clients that take large answers slowly, or not at all.</summary>
public sealed class SlowReaderTests(BrokerFixture fixture) : IClassFixture<BrokerFixture>, IDisposable
{
    private const int Batches = 16, BatchBytes = 900_000;

    private readonly ManualTime _time = new();
    private readonly FaultLog _log = new(LogLevel.Information);

    [Fact]
    public async Task A_client_that_takes_a_large_answer_slowly_gets_all_of_it()
    {
        await using var host = await HttpHost.StartAsync(fixture.Broker, loggers: _log, time: _time);
        using var client = await AskAsync(host);

        // It takes most of an hour of this clock, in which no minute passes without a byte.
        var (buffer, received) = (new byte[256 * 1024], 0L);
        while (await client.ReceiveAsync(buffer) is > 0 and var bytes)
        {
            received += bytes;
            if (received / buffer.Length != (received - bytes) / buffer.Length)
                _time.Advance(TimeSpan.FromSeconds(50));
        }

        Assert.InRange(received, Batches * BatchBytes, long.MaxValue);
        Assert.InRange(_time.GetTimestamp(), TimeSpan.FromMinutes(30).Ticks, long.MaxValue);
    }

    [Fact]
    public async Task A_client_that_takes_nothing_of_its_answer_is_cut_off()
    {
        await using var host = await HttpHost.StartAsync(fixture.Broker, loggers: _log, time: _time);
        using var client = await AskAsync(host);

        // By the time that it is sent its answer, this clock may have gone any distance; then it takes a minute.
        await Eventually.TrueAsync(
            () =>
            {
                _time.Advance(TimeSpan.FromSeconds(10));
                return Task.FromResult(_log.Lines.Any(static l => l.Contains("took nothing of its answer", StringComparison.Ordinal)));
            },
            TimeSpan.FromSeconds(60), static () => "it is not cut off");

        var received = 0L;
        try
        {
            var buffer = new byte[256 * 1024];
            while (await client.ReceiveAsync(buffer) is > 0 and var bytes)
                received += bytes;
        }
        catch (SocketException)
        {
            // Reset, as the rest will not come.
        }

        Assert.InRange(received, 0, Batches * BatchBytes - 1);
    }

    public void Dispose() => _log.Dispose();

    // The end of the answer is that of the connection; its client's kernel holds little.
    private async Task<Socket> AskAsync(HttpHost host)
    {
        var topic = await host.NewTopicAsync();
        for (var i = 0; i < Batches; i++)
        {
            // This clock is ahead of the broker's.
            var body = HttpHost.Body(new string('x', BatchBytes), "text/plain");
            (await host.PostAsync($"/v1/topics/{topic}/records?timestamp=1000", body)).AssertOk();
        }

        var client = new Socket(SocketType.Stream, ProtocolType.Tcp) { ReceiveBufferSize = 64 * 1024 };
        await client.ConnectAsync(IPAddress.Loopback, host.Address.Port);
        await client.SendAsync(Encoding.ASCII.GetBytes(
            $"GET /v1/topics/{topic}/partitions/0/batches?offset=0&maxBytes=33554432 HTTP/1.1\r\n"
                + "Host: localhost\r\nConnection: close\r\n\r\n"));
        return client;
    }
}

using System.Net.Sockets;
using System.Text;
using CloudStream.Cli.Tests;
using CloudStream.Http.Tests.Hosting;
using CloudStream.Log.Memory;
using Meter = System.Diagnostics.Metrics.Meter;

namespace CloudStream.Http.Tests;

/// <summary>What connections hold that nobody takes anything from, counted in the memory that all of them are read into.</summary>
[Collection("alone")]
public sealed class ReadAheadTests
{
    private const int Connections = 300, Bytes = 1024 * 1024;
    private const long BlockBytes = 64 * 1024;
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60), s_pause = TimeSpan.FromMilliseconds(50);

    [Fact]
    public async Task Bodies_that_wait_for_their_turn_are_hardly_read_ahead()
    {
        using var meter = new Meter(nameof(ReadAheadTests));
        await using var broker = await BrokerFixture.StartBrokerAsync(meter, ("cloudstream.receive.bytes", "1048576"));
        await using var host = await HttpHost.StartAsync(broker);
        var topic = await host.NewTopicAsync(1, """{"max.message.bytes":"4000000"}""");
        var head = Encoding.ASCII.GetBytes($"POST /v1/topics/{topic}/records HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/plain\r\n"
            + $"Content-Length: {2 * Bytes}\r\n\r\n");
        using var holder = await ConnectAsync(host);
        await holder.SendAsync(head);
        await UntilAsync(() => broker.Memory.Receiving.Used >= Bytes);
        var before = SocketBlocks.Shared.UsedBytes;
        var sockets = new List<Socket>();
        try
        {
            byte[] request = [.. head, .. new byte[Bytes]];
            var sent = new int[Connections];
            for (var i = 0; i < Connections; i++)
                sockets.Add(await ConnectAsync(host));

            // Until nothing goes on. Too few rounds would only see too little.
            for (var quiet = 0; quiet < 5; quiet++)
            {
                for (var i = 0; i < Connections; i++)
                {
                    var more = SendNow(sockets[i], request.AsSpan(sent[i]));
                    sent[i] += more;
                    quiet = more > 0 ? 0 : quiet;
                }

                Assert.InRange(SocketBlocks.Shared.UsedBytes, 0, before + (Connections * 6 * BlockBytes));
                await Eventually.PassedAsync(s_pause, TestContext.Current.CancellationToken);
            }

            await UntilAsync(() => broker.Memory.Receiving.Waiting == Connections);
            Assert.InRange(SocketBlocks.Shared.UsedBytes, 0, before + (Connections * 6 * BlockBytes));
        }
        finally
        {
            sockets.ForEach(static s => s.Dispose());
        }
    }

    private static async Task<Socket> ConnectAsync(HttpHost host)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { SendBufferSize = 16 * 1024 };
        await socket.ConnectAsync(host.Address.Host, host.Address.Port);
        return socket;
    }

    private static int SendNow(Socket socket, ReadOnlySpan<byte> bytes)
    {
        socket.Blocking = false;
        var sent = 0;
        while (sent < bytes.Length)
        {
            sent += socket.Send(bytes[sent..], SocketFlags.None, out var error);
            if (error == SocketError.WouldBlock)
                break;
            Assert.Equal(SocketError.Success, error);
        }

        return sent;
    }

    private static Task UntilAsync(Func<bool> condition) =>
        Eventually.TrueAsync(() => Task.FromResult(condition()), s_patience, () => "this did not come about");
}

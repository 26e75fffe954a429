using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using CloudStream.Cli.Tests;
using CloudStream.Kafka.Messages;
using CloudStream.Kafka.Tests.Hosting;
using CloudStream.Log.Memory;

namespace CloudStream.Kafka.Tests.Connections;

/// <summary>What connections hold that nobody takes anything from, counted in the memory that all of them are read into.</summary>
[Collection("alone")]
public sealed class ReadAheadTests
{
    private const int Connections = 1000, PushedBytes = 1024 * 1024;
    // What is read ahead, the block that goes beyond, and one that is begun.
    private const long BudgetBytes = 4 * 1024 * 1024, EachBytes = 6 * 64 * 1024;
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60), s_pause = TimeSpan.FromMilliseconds(50);

    [Fact]
    public async Task A_thousand_connections_that_wait_for_their_turn_hold_little_each()
    {
        await using var host = await KafkaHost.StartAsync(broker: static o => o.MaxReceiveBytes = BudgetBytes);
        using var holder = await host.ConnectAsync();
        await holder.SendAsync(Announced((int)BudgetBytes));
        await UntilAsync(() => host.Broker.Memory.Receiving.Used >= BudgetBytes);
        var before = SocketBlocks.Shared.UsedBytes;
        byte[] bytes = [.. Announced(2 * PushedBytes), .. new byte[PushedBytes]];
        var pushing = new List<Pushing>();
        try
        {
            for (var i = 0; i < Connections; i++)
                pushing.Add(await Pushing.ConnectAsync(host.EndPoint, bytes));

            await PushAsync(pushing, () => SocketBlocks.Shared.UsedBytes - before, Connections * EachBytes);

            await UntilAsync(() => host.Broker.Memory.Receiving.Waiting == Connections);
            Assert.Equal(BudgetBytes, host.Broker.Memory.Receiving.Limit);
            Assert.InRange(host.Broker.Memory.Receiving.Used, BudgetBytes, BudgetBytes + 4);
            Assert.InRange(SocketBlocks.Shared.UsedBytes, 0, before + Connections * EachBytes);
        }
        finally
        {
            pushing.ForEach(static p => p.Dispose());
        }

        await UntilAsync(() => SocketBlocks.Shared.UsedBytes <= before);
    }

    [Fact]
    public async Task What_comes_behind_a_large_request_that_cannot_go_on_stays_outside()
    {
        await using var host = await KafkaHost.StartAsync(static o => o.MaxRequestsInFlight = 1);
        using var client = await host.ConnectAsync();
        await client.AskAsync<CreateTopicsResponse>(Ask.CreateTopic("t"), 5);
        var before = SocketBlocks.Shared.UsedBytes;

        // The first is waited for, the second has its place behind it, and the third has none.
        byte[] frames =
        [
            .. client.Frame(Ask.Fetch("t", 0, 0, maxWaitMs: 60_000, minBytes: 10_000_000), 11),
            .. client.Frame(Large(), 7), .. client.Frame(Large(), 7),
        ];
        using var pushing = new Pushing(client.Socket, [.. frames, .. client.Frame(Large(), 7), .. new byte[16 * PushedBytes]]);
        await PushAsync([pushing], () => SocketBlocks.Shared.UsedBytes - before, PushedBytes);

        Assert.True(pushing.Sent > frames.Length, "the third was not even sent");
        Assert.InRange(pushing.Sent, 0, 8 * PushedBytes);
    }

    // Until nothing goes on: the kernel is full on both sides, and the server takes nothing more. Too few rounds would only see too little.
    private static async Task PushAsync(List<Pushing> all, Func<long> held, long most)
    {
        for (var quiet = 0; quiet < 5; quiet++)
        {
            foreach (var pushing in all)
            {
                if (pushing.Push())
                    quiet = 0;
            }

            Assert.True(held() <= most, $"{held()} bytes are held");
            await Eventually.PassedAsync(s_pause, TestContext.Current.CancellationToken);
        }
    }

    private static ProduceRequest Large() => Ask.Produce("t", 0, Ask.Batch(new string('x', 600_000)));

    private static byte[] Announced(int size)
    {
        var bytes = new byte[4];
        BinaryPrimitives.WriteInt32BigEndian(bytes, size);
        return bytes;
    }

    private static Task UntilAsync(Func<bool> condition) =>
        Eventually.TrueAsync(() => Task.FromResult(condition()), s_patience, () => "this did not come about");

    /// <summary>Sends as much as is taken, and waits for nothing.</summary>
    private sealed class Pushing(Socket socket, byte[] bytes) : IDisposable
    {
        public int Sent { get; private set; }

        public static async Task<Pushing> ConnectAsync(IPEndPoint end, byte[] bytes)
        {
            var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { SendBufferSize = 16 * 1024 };
            await socket.ConnectAsync(end);
            return new Pushing(socket, bytes);
        }

        public bool Push()
        {
            socket.Blocking = false;
            var before = Sent;
            while (Sent < bytes.Length)
            {
                Sent += socket.Send(bytes.AsSpan(Sent), SocketFlags.None, out var error);
                if (error == SocketError.WouldBlock)
                    break;
                Assert.Equal(SocketError.Success, error);
            }

            return Sent > before;
        }

        public void Dispose() => socket.Dispose();
    }
}

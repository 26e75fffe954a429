using System.Buffers;
using System.Net;
using System.Net.Sockets;
using CloudStream.Kafka.Connections;
using CloudStream.Kafka.Wire;

namespace CloudStream.Kafka.Tests.Connections;

public sealed class SocketSinkTests
{
    public static TheoryData<int[]> Sizes => new(
        [1],
        [1_000_000],
        [4, 8192, 8193, 1, 2],
        [30, 1_000_000, 20, 1_200_000, 20, 5],
        [.. Enumerable.Repeat(7, 3000)],
        [.. Enumerable.Repeat(8000, 100)],
        [65_536, 65_536, 1]);

    [Theory]
    [MemberData(nameof(Sizes))]
    public async Task What_is_sent_in_pieces_arrives_whole_and_in_order(int[] sizes)
    {
        var token = TestContext.Current.CancellationToken;
        using var listener = new Socket(SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen();
        using var client = new Socket(SocketType.Stream, ProtocolType.Tcp);
        await client.ConnectAsync(listener.LocalEndPoint!, token);
        using var server = await listener.AcceptAsync(token);

        var random = new Random(6);
        using var writer = new WireWriter();
        var expected = new List<byte>();
        foreach (var size in sizes)
        {
            var piece = new byte[size];
            random.NextBytes(piece);
            expected.AddRange(piece);
            writer.AppendReference(piece);
        }

        var received = new byte[expected.Count];
        var receiving = ReceiveAsync(client, received, token);
        await new SocketSink(server).SendAsync(writer.Complete());
        await receiving;
        Assert.Equal(expected.ToArray(), received);
    }

    [Fact]
    public async Task A_client_that_is_gone_is_an_IOException()
    {
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        socket.Dispose();
        await Assert.ThrowsAsync<IOException>(() => new SocketSink(socket).SendAsync(new ReadOnlySequence<byte>(new byte[10])).AsTask());
    }

    private static async Task ReceiveAsync(Socket socket, Memory<byte> into, CancellationToken token)
    {
        while (!into.IsEmpty)
            into = into[await socket.ReceiveAsync(into, token)..];
    }
}

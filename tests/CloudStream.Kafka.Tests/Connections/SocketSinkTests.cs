using System.Buffers;
using System.Net;
using System.Net.Sockets;
using CloudStream.Kafka.Connections;
using CloudStream.Kafka.Wire;
using CloudStream.Storage.Native;

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
        var (server, client) = await ConnectAsync(token);
        using var ofServer = server;
        using var ofClient = client;
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

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Parts_of_files_arrive_between_memory_as_fast_as_the_client_takes_them(bool hasPipes)
    {
        Assert.SkipUnless(FilePipe.IsSupported, "files go to sockets on Linux alone");
        var token = TestContext.Current.CancellationToken;
        var (server, client) = await ConnectAsync(token);
        using var ofServer = server;
        using var ofClient = client;
        using var file = TestFile.Create(9_000_000, start: 4321);
        using var writer = new WireWriter();
        var expected = new List<byte>();
        foreach (var (start, length) in ((int, int)[])[(0, 1), (5, 8_000_000), (100, 4096), (4_000_000, 5_000_000), (70, 200_000)])
        {
            byte[] header = [1, 2, 3, .. BitConverter.GetBytes(start)];
            writer.AppendReference(header);
            expected.AddRange(header);
            writer.AppendReference(file.Slice(start, length));
            expected.AddRange(file.Bytes.AsSpan(start, length));
        }

        FilePipe?[] others = hasPipes ? [] : [.. Enumerable.Range(0, 100).Select(static i => FilePipes.TryRent())];
        var received = new byte[expected.Count];
        var sending = new SocketSink(server).SendAsync(writer.Complete()).AsTask();
        Assert.False(sending.IsCompleted); // Nobody has read anything: it waits, and no thread with it.
        await ReceiveAsync(client, received, token);
        await sending;
        foreach (var pipe in others)
        {
            if (pipe is not null)
                FilePipes.Return(pipe);
        }

        Assert.Equal(expected.ToArray(), received);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_file_that_ends_too_soon_or_is_not_the_objects_any_more_ends_the_connection(bool isCut)
    {
        Assert.SkipUnless(FilePipe.IsSupported, "files go to sockets on Linux alone");
        var token = TestContext.Current.CancellationToken;
        var (server, client) = await ConnectAsync(token);
        using var ofServer = server;
        using var ofClient = client;
        using var file = TestFile.Create(200_000, start: 0);
        if (isCut)
            RandomAccess.SetLength(file.Handle, 100_000);
        else
            file.IsGone = true;
        using var writer = new WireWriter();
        writer.WriteInt8(1);
        writer.AppendReference(file.Slice(0, 200_000));
        var sending = new SocketSink(server).SendAsync(writer.Complete()).AsTask();
        await Assert.ThrowsAsync<IOException>(() => sending);
        server.Dispose();
        var received = new byte[200_000];
        var count = 0;
        while (await client.ReceiveAsync(received.AsMemory(count), token) is > 0 and var more)
            count += more;
        Assert.Equal(isCut ? 100_001 : 1, count);
    }

    private static async Task<(Socket Server, Socket Client)> ConnectAsync(CancellationToken token)
    {
        using var listener = new Socket(SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen();
        var client = new Socket(SocketType.Stream, ProtocolType.Tcp) { ReceiveBufferSize = 64 * 1024 };
        await client.ConnectAsync(listener.LocalEndPoint!, token);
        var server = await listener.AcceptAsync(token);
        server.SendBufferSize = 64 * 1024;
        return (server, client);
    }

    private static async Task ReceiveAsync(Socket socket, Memory<byte> into, CancellationToken token)
    {
        while (!into.IsEmpty)
            into = into[await socket.ReceiveAsync(into, token)..];
    }
}

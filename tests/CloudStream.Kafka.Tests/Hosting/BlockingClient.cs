using System.Buffers;
using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using CloudStream.Kafka.Frames;
using CloudStream.Kafka.Messages;
using CloudStream.Kafka.Wire;

namespace CloudStream.Kafka.Tests.Hosting;

/// <summary>
/// A client that sends one finished frame again and again with calls that block, so that everything it does and allocates is done by the
/// calling thread.
/// </summary>
internal sealed class BlockingClient : IDisposable
{
    private readonly Socket _socket = new(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
    private readonly byte[] _answer = new byte[1024 * 1024];

    public BlockingClient(IPEndPoint end) => _socket.Connect(end);

    public static byte[] Frame(KafkaRequest request, short version)
    {
        using var writer = new WireWriter();
        RequestFrame.Write(writer, new RequestHeader((short)request.Api, version, 1, "test"), request);
        return writer.Complete().ToArray();
    }

    /// <summary>One exchange; the answer is valid until the next.</summary>
    public ReadOnlyMemory<byte> Ask(ReadOnlySpan<byte> frame)
    {
        while (!frame.IsEmpty)
            frame = frame[_socket.Send(frame)..];
        Fill(_answer.AsSpan(0, sizeof(int)));
        var size = BinaryPrimitives.ReadInt32BigEndian(_answer);
        Fill(_answer.AsSpan(0, size));
        return _answer.AsMemory(0, size);
    }

    public void Dispose() => _socket.Dispose();

    private void Fill(Span<byte> buffer)
    {
        while (!buffer.IsEmpty)
        {
            var received = _socket.Receive(buffer);
            Assert.NotEqual(0, received);
            buffer = buffer[received..];
        }
    }
}

using System.Buffers;
using System.Buffers.Binary;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using CloudStream.Kafka.Frames;
using CloudStream.Kafka.Messages;
using CloudStream.Kafka.Wire;

namespace CloudStream.Kafka.Tests.Hosting;

/// <summary>A client that speaks raw frames, so that tests decide what is sent when and in what pieces.</summary>
internal sealed class WireClient : IDisposable
{
    private int _correlation;

    private readonly Stream _stream;

    private WireClient(Socket socket, Stream stream) => (Socket, _stream) = (socket, stream);

    public Socket Socket { get; }

    public static async Task<WireClient> ConnectAsync(IPEndPoint end)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(end);
        return new WireClient(socket, new NetworkStream(socket));
    }

    /// <summary>The same with TLS, for a server that proves to be localhost in the eyes of <paramref name="judge"/>.</summary>
    public static async Task<WireClient> ConnectAsync(IPEndPoint end, RemoteCertificateValidationCallback judge)
    {
        var plain = await ConnectAsync(end);
        var stream = new SslStream(plain._stream, leaveInnerStreamOpen: false, judge);
        await stream.AuthenticateAsClientAsync("localhost");
        return new WireClient(plain.Socket, stream);
    }

    /// <summary>A whole request as bytes, size first.</summary>
    public byte[] Frame(KafkaRequest request, short version)
    {
        using var writer = new WireWriter();
        RequestFrame.Write(writer, new RequestHeader((short)request.Api, version, ++_correlation, "test"), request);
        return writer.Complete().ToArray();
    }

    /// <summary>Sends a request; its correlation id comes back.</summary>
    public async Task<int> SendAsync(KafkaRequest request, short version)
    {
        var frame = Frame(request, version);
        await SendAsync(frame);
        return _correlation;
    }

    public async Task SendAsync(ReadOnlyMemory<byte> bytes) => await _stream.WriteAsync(bytes);

    /// <summary>The next response, whatever it answers: correlation id and what follows it.</summary>
    public async Task<(int Correlation, byte[] Body)> ReceiveAsync()
    {
        var frame = await ReceiveBareAsync();
        return (BinaryPrimitives.ReadInt32BigEndian(frame), frame[4..]);
    }

    /// <summary>The next frame, whatever is in it.</summary>
    public async Task<byte[]> ReceiveBareAsync() => await ReadAsync(BinaryPrimitives.ReadInt32BigEndian(await ReadAsync(4)));

    /// <summary>The next frame, taken a piece at a time, with something done before each.</summary>
    public async Task<byte[]> ReceiveSlowlyAsync(int pieceBytes, Action between)
    {
        var frame = new byte[BinaryPrimitives.ReadInt32BigEndian(await ReadAsync(4))];
        for (var at = 0; at < frame.Length; at += pieceBytes)
        {
            between();
            var piece = await ReadAsync(Math.Min(pieceBytes, frame.Length - at));
            piece.CopyTo(frame, at);
        }

        return frame;
    }

    /// <summary>The next response, of a kind.</summary>
    public async Task<(int Correlation, T Response)> ReceiveAsync<T>(short version)
        where T : KafkaResponse, new()
    {
        var frame = await ReceiveBareAsync();
        var response = new T();
        return (Read(frame, response, version), response);
    }

    /// <summary>One request and its answer.</summary>
    public async Task<T> AskAsync<T>(KafkaRequest request, short version)
        where T : KafkaResponse, new()
    {
        var correlation = await SendAsync(request, version);
        var (answered, response) = await ReceiveAsync<T>(version);
        Assert.Equal(correlation, answered);
        return response;
    }

    /// <summary>Whether the server has closed the connection, without sending anything more.</summary>
    public async Task<bool> IsClosedAsync()
    {
        try
        {
            using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
            return await _stream.ReadAsync(new byte[1], patience.Token) == 0;
        }
        catch (IOException)
        {
            return true;
        }
    }

    public void Dispose()
    {
        _stream.Dispose();
        Socket.Dispose();
    }

    private static int Read(byte[] frame, KafkaResponse response, short version)
    {
        var reader = new WireReader(new ReadOnlySequence<byte>(frame));
        var correlation = ResponseFrame.ReadHeader(ref reader, KafkaApis.Get(response.Api), version);
        response.Read(ref reader, version);
        Assert.False(reader.HasFailed, reader.Failure.ToString());
        Assert.Equal(0, reader.Remaining);
        return correlation;
    }

    private async Task<byte[]> ReadAsync(int bytes)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        var buffer = new byte[bytes];
        for (var at = 0; at < bytes;)
        {
            var read = await _stream.ReadAsync(buffer.AsMemory(at), patience.Token);
            if (read == 0)
                throw new EndOfStreamException();
            at += read;
        }

        return buffer;
    }
}

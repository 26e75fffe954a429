using System.Buffers;
using System.Buffers.Binary;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using CloudStream.Cli.Shell;
using CloudStream.Kafka.Face;
using CloudStream.Kafka.Frames;
using CloudStream.Kafka.Messages;
using CloudStream.Kafka.Wire;

namespace CloudStream.Cli.Bench.Kafka;

/// <summary>
/// One connection to a broker's Kafka port: requests out, answers in, in their order. One sends and one receives at a time. Every failure
/// is one line; nothing waits for ever.
/// </summary>
internal sealed class BrokerConnection : IDisposable
{
    private const string ClientId = "cloudstream-bench";
    private const int MaxAnswerBytes = 256 * 1024 * 1024;
    private static readonly TimeSpan ConnectPatience = TimeSpan.FromSeconds(5);

    // Longer than a broker takes to give up on an append.
    private static readonly TimeSpan AnswerPatience = TimeSpan.FromSeconds(40);

    private readonly Socket _socket = new(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
    private readonly WireWriter _writer = new();
    private readonly List<ArraySegment<byte>> _pieces = [];
    private readonly byte[] _size = new byte[sizeof(int)];
    private byte[] _answer = [];
    private int _sent;
    private int _received;

    private BrokerConnection(HostPort address) => Address = address;

    public HostPort Address { get; }

    /// <exception cref="CommandException">There is nobody.</exception>
    public static async Task<BrokerConnection> OpenAsync(HostPort address, CancellationToken cancellationToken)
    {
        var connection = new BrokerConnection(address);
        try
        {
            await connection.LimitAsync("to be connected", ConnectPatience,
                limit => connection._socket.ConnectAsync(address.Host, address.Port, limit), cancellationToken);
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    /// <summary>
    /// Sends a request; its answer is received later, after those of the requests before it. Its records are sent from where they lie.
    /// </summary>
    public async ValueTask SendAsync(KafkaRequest request, short version, CancellationToken cancellationToken)
    {
        _writer.Reset();
        RequestFrame.Write(_writer, new RequestHeader((short)request.Api, version, _sent++, ClientId), request);
        await LimitAsync("to send", AnswerPatience, async limit => await SendAsync(_writer.Complete()).WaitAsync(limit), cancellationToken);
    }

    /// <summary>
    /// Receives the next answer, which must be to a request of this kind. Its records are valid until the next one is received.
    /// </summary>
    public async ValueTask<T> ReceiveAsync<T>(short version, CancellationToken cancellationToken)
        where T : KafkaResponse, new()
    {
        var answer = new T();
        int bytes = 0;
        await LimitAsync($"for an answer to {answer.Api}", AnswerPatience, async limit => bytes = await ReceiveAsync(limit),
            cancellationToken);
        Read(answer, version, new ReadOnlySequence<byte>(_answer, 0, bytes));
        return answer;
    }

    /// <summary>One request and its answer.</summary>
    public async ValueTask<T> AskAsync<T>(KafkaRequest request, short version, CancellationToken cancellationToken)
        where T : KafkaResponse, new()
    {
        await SendAsync(request, version, cancellationToken);
        return await ReceiveAsync<T>(version, cancellationToken);
    }

    public void Dispose()
    {
        _socket.Dispose();
        _writer.Dispose();
    }

    // All pieces in one call: a request leaves as a whole.
    private async Task SendAsync(ReadOnlySequence<byte> request)
    {
        while (!request.IsEmpty)
        {
            _pieces.Clear();
            foreach (ReadOnlyMemory<byte> piece in request)
            {
                MemoryMarshal.TryGetArray(piece, out ArraySegment<byte> array);
                _pieces.Add(array);
            }

            request = request.Slice(await _socket.SendAsync(_pieces, SocketFlags.None));
        }
    }

    private async Task<int> ReceiveAsync(CancellationToken cancellationToken)
    {
        await FillAsync(_size, cancellationToken);
        int bytes = BinaryPrimitives.ReadInt32BigEndian(_size);
        if (bytes is < sizeof(int) or > MaxAnswerBytes)
            throw new CommandException($"{Address} does not speak Kafka's protocol; is it the broker's --kafka address?");
        if (_answer.Length < bytes)
            _answer = GC.AllocateUninitializedArray<byte>(bytes);
        await FillAsync(_answer.AsMemory(0, bytes), cancellationToken);
        return bytes;
    }

    private async Task FillAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        while (!buffer.IsEmpty)
        {
            int received = await _socket.ReceiveAsync(buffer, cancellationToken);
            if (received == 0)
                throw new CommandException($"{Address} has closed the connection");
            buffer = buffer[received..];
        }
    }

    private void Read(KafkaResponse answer, short version, ReadOnlySequence<byte> bytes)
    {
        var reader = new WireReader(bytes);
        int correlation = ResponseFrame.ReadHeader(ref reader, KafkaApis.Get(answer.Api), version);
        if (!reader.HasFailed && correlation != _received)
            throw new CommandException($"{Address} answers request {correlation}, not request {_received}");
        _received++;
        answer.Read(ref reader, version);
        if (reader.HasFailed)
            throw new CommandException($"{Address} gives an answer to {answer.Api} that cannot be read: {reader.Failure}");
    }

    private async ValueTask LimitAsync(
        string what, TimeSpan patience, Func<CancellationToken, ValueTask> work, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(patience);
        try
        {
            await work(limit.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new CommandException($"waited {patience.TotalSeconds:0} s in vain {what}: {Address}");
        }
        catch (SocketException e)
        {
            throw new CommandException($"cannot reach the broker at {Address}: {e.Message}");
        }
    }
}

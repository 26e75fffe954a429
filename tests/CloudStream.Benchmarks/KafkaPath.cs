using System.Buffers;
using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using CloudStream.Cluster;
using CloudStream.Cluster.Topics;
using CloudStream.Kafka;
using CloudStream.Kafka.Frames;
using CloudStream.Kafka.Messages;
using CloudStream.Kafka.Wire;
using CloudStream.Log.Calls;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace CloudStream.Benchmarks;

/// <summary>
/// A Kafka client on a loopback socket: Kestrel, the connection, its handlers and the engine do what they do in <c>serve</c>. The client
/// works on a thread of its own with calls that block, so that what it allocates can be told from what the broker does.
/// </summary>
internal sealed class KafkaPath : IAllocationPath
{
    private const short ProduceVersion = 9, FetchVersion = 12;

    private readonly TopicPartition _place;
    private readonly byte[] _batch;
    private readonly WebApplication _app;
    private readonly KafkaListener _listener;
    private readonly Socket _socket;
    private readonly byte[] _answer;

    private KafkaPath(TopicPartition place, byte[] batch, WebApplication app, KafkaListener listener, Socket socket) =>
        (_place, _batch, _app, _listener, _socket, _answer) = (place, batch, app, listener, socket, new byte[4 * batch.Length]);

    public long ClientBytes { get; private set; }

    public static async Task<KafkaPath> OpenAsync(Broker broker, TopicPartition place, byte[] batch)
    {
        KafkaListener listener = KafkaListener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Logging.ClearProviders();
        builder.Services.AddSingleton<IBroker>(broker);
        builder.Services.AddCloudStreamKafka();
        listener.ListenOn(builder.WebHost.UseKestrelCore());
        WebApplication app = builder.Build();
        await app.StartAsync();
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        socket.Connect(listener.EndPoint);
        return new KafkaPath(place, batch, app, listener, socket);
    }

    public Task ProduceAsync(int rounds)
    {
        byte[] request = Frame(ProduceVersion, new ProduceRequest
        {
            Acks = -1,
            TimeoutMs = 30_000,
            TopicData = [new()
            {
                Name = _place.Topic,
                PartitionData = [new() { Index = _place.Partition, Records = new ReadOnlySequence<byte>(_batch) }]
            }],
        });
        return OnOwnThreadAsync(() =>
        {
            for (int round = 0; round < rounds; round++)
            {
                for (int i = 0; i < Allocations.InFlight; i++)
                    Send(request);
                for (int i = 0; i < Allocations.InFlight; i++)
                    Check(Receive<ProduceResponse>(ProduceVersion).Responses[0].PartitionResponses[0].ErrorCode == 0);
            }
        });
    }

    public Task FetchAsync(long offset, int times)
    {
        byte[] request = Frame(FetchVersion, new FetchRequest
        {
            MaxWaitMs = 500,
            MinBytes = 1,
            MaxBytes = 2 * _batch.Length,
            SessionEpoch = -1,
            Topics = [new()
            {
                Topic = _place.Topic,
                Partitions = [new() { Partition = _place.Partition, FetchOffset = offset, PartitionMaxBytes = 2 * _batch.Length }]
            }],
        });
        return OnOwnThreadAsync(() =>
        {
            for (int i = 0; i < times; i++)
            {
                Send(request);
                Check(Receive<FetchResponse>(FetchVersion).Responses[0].Partitions[0] is { ErrorCode: 0, Records.Count: > 0 });
            }
        });
    }

    public async ValueTask DisposeAsync()
    {
        _socket.Dispose();
        await _app.StopAsync();
        await _app.DisposeAsync();
        _listener.Dispose();
    }

    private Task OnOwnThreadAsync(Action work) => Task.Factory.StartNew(
        () =>
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            work();
            ClientBytes += GC.GetAllocatedBytesForCurrentThread() - before;
        },
        CancellationToken.None,
        TaskCreationOptions.LongRunning,
        TaskScheduler.Default);

    private static byte[] Frame(short version, KafkaRequest request)
    {
        using var writer = new WireWriter();
        RequestFrame.Write(writer, new RequestHeader((short)request.Api, version, 1, "allocations"), request);
        return writer.Complete().ToArray();
    }

    private void Send(ReadOnlySpan<byte> request)
    {
        while (!request.IsEmpty)
            request = request[_socket.Send(request)..];
    }

    private T Receive<T>(short version)
        where T : KafkaResponse, new()
    {
        Fill(_answer.AsSpan(0, sizeof(int)));
        int size = BinaryPrimitives.ReadInt32BigEndian(_answer);
        Fill(_answer.AsSpan(0, size));
        var answer = new T();
        var reader = new WireReader(new ReadOnlySequence<byte>(_answer, 0, size));
        ResponseFrame.ReadHeader(ref reader, KafkaApis.Get(answer.Api), version);
        answer.Read(ref reader, version);
        Check(!reader.HasFailed);
        return answer;
    }

    private void Fill(Span<byte> buffer)
    {
        while (!buffer.IsEmpty)
        {
            int received = _socket.Receive(buffer);
            Check(received > 0);
            buffer = buffer[received..];
        }
    }

    private static void Check(bool isAsExpected)
    {
        if (!isAsExpected)
            throw new InvalidOperationException("the broker did not answer as expected");
    }
}

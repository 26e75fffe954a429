using System.Buffers;
using System.Diagnostics;
using System.Threading.Channels;
using CloudStream.Cli.Bench.Measuring;
using CloudStream.Cli.Shell;
using CloudStream.Kafka.Messages;

namespace CloudStream.Cli.Bench.Kafka;

/// <summary>
/// Sends finished record batches, one a request, and keeps a bounded number of requests in flight on each connection; one loop per
/// connection takes the answers. One sends at a time. Batches are sent from where they lie and must not change until they are acknowledged,
/// or the socket has taken them.
/// </summary>
internal sealed class BatchProducer : IDisposable
{
    private const short ProduceVersion = 9;
    private const short AcksAll = -1;
    private const int TimeoutMs = 30_000;

    private readonly LeaderConnections _leaders;
    private readonly CancellationTokenSource _stop;
    private readonly Dictionary<BrokerConnection, Line> _lines = [];
    private readonly LatencyHistogram _latency = new();
    private readonly ProduceRequest _request;

    /// <param name="leaders">Where to send.</param>
    /// <param name="inFlight">Most requests that wait for their answers on one connection.</param>
    /// <param name="cancellationToken">Ends everything.</param>
    public BatchProducer(LeaderConnections leaders, int inFlight, CancellationToken cancellationToken)
    {
        _leaders = leaders;
        _stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        _request = new ProduceRequest
        {
            Acks = AcksAll,
            TimeoutMs = TimeoutMs,
            TopicData = [new() { Name = leaders.Topic, PartitionData = [new()] }]
        };
        foreach (BrokerConnection connection in leaders.Connections)
            _lines[connection] = new Line(this, connection, inFlight);
    }

    /// <summary>Sends a batch as soon as there is room.</summary>
    /// <exception cref="CommandException">It cannot be sent, or one before it was refused.</exception>
    public async ValueTask SendAsync(int partition, ReadOnlyMemory<byte> batch)
    {
        Line line = _lines[_leaders.Of(partition)];
        (_request.TopicData[0].PartitionData[0].Index, _request.TopicData[0].PartitionData[0].Records) = (partition,
            new ReadOnlySequence<byte>(batch));
        await line.SendAsync(_request);
    }

    /// <summary>Waits until everything is acknowledged; gives the times from sending a request to its acknowledgement.</summary>
    /// <exception cref="CommandException">A batch was refused, or its acknowledgement did not come.</exception>
    public async Task<LatencyHistogram> FinishAsync()
    {
        foreach (Line line in _lines.Values)
            await line.FinishAsync();
        return _latency;
    }

    public void Dispose()
    {
        _stop.Cancel();
        _stop.Dispose();
        foreach (Line line in _lines.Values)
            line.Dispose();
    }

    private void Acknowledge(ProduceResponse answer, long sentAt)
    {
        ProduceResponse.PartitionProduceResponse partition = answer.Responses[0].PartitionResponses[0];
        if (partition.ErrorCode != 0)
            throw _leaders.Refused("produce", partition.Index, partition.ErrorCode, partition.ErrorMessage);
        lock (_latency)
            _latency.Record(Stopwatch.GetElapsedTime(sentAt));
    }

    // The requests of one connection that wait for their answers: when each was sent, in their order.
    private sealed class Line : IDisposable
    {
        private readonly BatchProducer _producer;
        private readonly BrokerConnection _connection;
        private readonly SemaphoreSlim _room;
        private readonly Channel<long> _sentAt;
        private readonly Task _receiving;

        public Line(BatchProducer producer, BrokerConnection connection, int inFlight)
        {
            (_producer, _connection) = (producer, connection);
            _room = new SemaphoreSlim(inFlight);
            _sentAt = Channel.CreateBounded<long>(new BoundedChannelOptions(inFlight) { SingleReader = true, SingleWriter = true });
            _receiving = ReceiveAsync(producer._stop.Token);
        }

        public async ValueTask SendAsync(ProduceRequest request)
        {
            Task room = _room.WaitAsync(_producer._stop.Token);
            if (!room.IsCompleted && await Task.WhenAny(room, _receiving) == _receiving)
                await _receiving;
            await room;
            _sentAt.Writer.TryWrite(Stopwatch.GetTimestamp());
            await _connection.SendAsync(request, ProduceVersion, _producer._stop.Token);
        }

        public async Task FinishAsync()
        {
            _sentAt.Writer.TryComplete();
            await _receiving;
        }

        public void Dispose() => _room.Dispose();

        private async Task ReceiveAsync(CancellationToken cancellationToken)
        {
            await foreach (long sentAt in _sentAt.Reader.ReadAllAsync(cancellationToken))
            {
                _producer.Acknowledge(await _connection.ReceiveAsync<ProduceResponse>(ProduceVersion, cancellationToken), sentAt);
                _room.Release();
            }
        }
    }
}

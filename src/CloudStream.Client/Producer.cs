using System.Buffers;
using System.Collections.Concurrent;
using CloudStream.Client.Producing;
using CloudStream.Client.Transport;
using CloudStream.Records;
using CloudStream.Records.Compression;
using Microsoft.Extensions.Logging;

namespace CloudStream.Client;

/// <summary>
/// Sends records as bytes: collects them into batches per partition, sends the batches, and sends them again where needed without changing
/// their order. Thread-safe; keep one for long, and dispose it, which delivers what it still holds.
/// </summary>
public sealed class Producer : IAsyncDisposable, IDisposable
{
    private readonly ConcurrentDictionary<string, TopicLanes> _topics = new(StringComparer.Ordinal);
    private readonly Turns _turns = new();
    private readonly LaneServices _services;
    private volatile bool _isClosed;
    private int _isDisposed;
    private AppendWait? _lastWait;

    internal Producer(CloudStreamClient client, ProducerOptions options)
    {
        options.Validate();
        RequireLevel(options);
        _services = new LaneServices(
            options,
            client.Services.Options,
            client.Services.Api,
            client.Services.Catalog,
            new IdentitySource(client.Services.Api),
            new ByteBudget(options.BufferBytes),
            new BatchPool(options),
            new FailureLog(),
            client.Services.Options.LoggerFactory.CreateLogger("CloudStream.Client.Producer"),
            new ProducerEnd());
    }

    /// <summary>Sends a record and waits for its acknowledgement. Many may wait at once; batches form out of them.</summary>
    /// <param name="topic">The topic's name.</param>
    /// <param name="record">The record; its bytes must not change before the task is complete.</param>
    /// <param name="cancellationToken">Stops waiting. A record that is in a batch already is sent all the same.</param>
    /// <exception cref="ProduceException">The record was not delivered.</exception>
    public async ValueTask<DeliveryResult> ProduceAsync(string topic, ProduceRecord record, CancellationToken cancellationToken = default)
    {
        var delivered = new TaskCompletionSource<DeliveryResult>(TaskCreationOptions.RunContinuationsAsynchronously);
        await AppendAsync(topic, record, delivered, null, cancellationToken);
        return await delivered.Task.WaitAsync(cancellationToken);
    }

    /// <summary>
    /// Takes a record to be sent, without waiting for its acknowledgement; waits only while the buffer is full. What became of it is told
    /// to
    /// <paramref name="onDelivery"/>; without that, <see cref="FlushAsync"/> throws if it was not delivered.
    /// </summary>
    /// <param name="topic">The topic's name.</param>
    /// <param name="record">The record; its bytes must not change before the task is complete, and are free then.</param>
    /// <param name="onDelivery">Called once, in order per partition; it should return soon, for it holds the partition up.</param>
    /// <param name="state">Handed to <paramref name="onDelivery"/>.</param>
    /// <param name="cancellationToken">Stops waiting for room; the record is not sent then.</param>
    /// <exception cref="ProduceException">The topic or partition does not exist, or the record is too large.</exception>
    public ValueTask EnqueueAsync(
        string topic,
        ProduceRecord record,
        Action<DeliveryReport>? onDelivery = null,
        object? state = null,
        CancellationToken cancellationToken = default) =>
        AppendAsync(topic, record, onDelivery, state, cancellationToken);

    /// <summary>Sends what is held without waiting for more, and waits until every record taken so far is settled.</summary>
    /// <exception cref="ProduceException">Records that were enqueued without a handler were not delivered.</exception>
    public async Task FlushAsync(CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        await Task.WhenAll(_topics.Values.SelectMany(topic => topic.Lanes).Select(lane => lane.FlushAsync())).WaitAsync(cancellationToken);
        _services.Failures.ThrowIfAny();
    }

    /// <summary>
    /// Gives up at once: what is not acknowledged yet fails with <see cref="ErrorCode.Closed"/>. Dispose the producer afterwards.
    /// </summary>
    public void Abort() => GiveUp("The producer was aborted.");

    /// <summary>
    /// Delivers what is held, for at most <see cref="ProducerOptions.CloseTimeout"/>, and ends. What is not acknowledged by then fails with
    /// <see cref="ErrorCode.Closed"/>.
    /// </summary>
    /// <exception cref="ProduceException">As <see cref="FlushAsync"/>: nothing is lost in silence.</exception>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _isDisposed, 1) == 1)
            return;
        _isClosed = true;
        try
        {
            var time = _services.Options.CloseTimeout;
            using var limit = new CancellationTokenSource(time, _services.Time);
            await using var atLimit = limit.Token.UnsafeRegister(
                _ => GiveUp($"The producer was disposed and waited for {time.TotalSeconds:0.###} s (CloseTimeout)."), null);
            await FlushAsync(CancellationToken.None);
        }
        finally
        {
            foreach (var topic in _topics.Values)
                topic.Dispose();
            _services.Pool.Dispose();
            _services.Identities.Dispose();
            _services.End.Dispose();
        }
    }

    /// <summary>As <see cref="DisposeAsync"/>, and waits for it: for containers that are disposed synchronously.</summary>
    public void Dispose() => Closing.Wait(this);

    internal ValueTask AppendAsync(string topic, in ProduceRecord record, object? sink, object? state, CancellationToken cancellationToken)
    {
        ObjectDisposedException.ThrowIf(_isClosed, this);
        if (cancellationToken.IsCancellationRequested)
            return ValueTask.FromCanceled(cancellationToken);
        var bytes = BytesOf(topic, record);
        if (_turns.IsAnyoneWaiting || !_topics.TryGetValue(topic, out var lanes) || record.Partition >= lanes.PartitionCount
            || !_services.Budget.TryTake(bytes))
            return AppendInTurnAsync(_turns.Queue(), _services.Time.GetTimestamp(), topic, record, bytes, sink, state, cancellationToken);
        AppendTaken(lanes, record, null, bytes, sink, state);
        return ValueTask.CompletedTask;
    }

    // Whoever must wait (for the topic, or for room) waits in line: calls that are not awaited keep their order.
    private async ValueTask AppendInTurnAsync(
        Turns.Turn turn,
        long since,
        string topic,
        ProduceRecord record,
        int bytes,
        object? sink,
        object? state,
        CancellationToken cancellationToken)
    {
        using (turn)
        {
            await turn.ComesAsync(cancellationToken);
            using var wait = new AppendWait(_services, _lastWait, since, cancellationToken);
            try
            {
                _lastWait = wait;
                wait.Token.ThrowIfCancellationRequested();
                AppendTaken(await TakeRoomAsync(topic, record, bytes, wait), record, since, bytes, sink, state);
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
                throw wait.Error(new TopicPartition(topic, record.Partition ?? -1));
            }
        }
    }

    private async ValueTask<TopicLanes> TakeRoomAsync(string topic, ProduceRecord record, int bytes, AppendWait wait)
    {
        wait.For($"the partitions of topic {topic}, which {string.Join(" or ", _services.ClientOptions.Servers)} was asked for");
        var lanes = await LanesOfAsync(topic, wait);
        if (record.Partition >= lanes.PartitionCount)
            await lanes.RefreshAsync(wait.Failed, wait.Token);
        wait.For($"room in the producer's buffer: all {_services.Budget.Limit} bytes are taken by records that are not acknowledged");
        var room = _services.Budget.TakeAsync(bytes, wait.Token);
        WakeLanes();
        await room;
        return lanes;
    }

    private void AppendTaken(TopicLanes lanes, in ProduceRecord record, long? since, int bytes, object? sink, object? state)
    {
        try
        {
            ObjectDisposedException.ThrowIf(_isClosed, this);
            var timestamp = record.TimestampMs ?? _services.Time.GetUtcNow().ToUnixTimeMilliseconds();
            lanes.Append(lanes.Choose(record, bytes), record, timestamp, since, bytes, sink, state);
        }
        catch
        {
            _services.Budget.Return(bytes);
            throw;
        }
    }

    private async ValueTask<TopicLanes> LanesOfAsync(string topic, AppendWait wait)
    {
        if (_topics.TryGetValue(topic, out var known))
            return known;
        try
        {
            var metadata = _services.Options.AllowAutoCreateTopics
                ? await _services.Catalog.GetOrCreateAsync(topic, wait.Failed, wait.Token)
                : await _services.Catalog.GetAsync(topic, wait.Failed, wait.Token);
            return _topics.GetOrAdd(topic, static (_, arg) => new TopicLanes(arg.Services, arg.Metadata),
                (Services: _services, Metadata: metadata));
        }
        catch (CloudStreamException e)
        {
            throw ProduceException.From(e, new TopicPartition(topic, -1), mayHaveHappened: false);
        }
    }

    private int BytesOf(string topic, in ProduceRecord record)
    {
        var bytes = RecordBatchBuilder.MaxRecordBytes(record.Key?.Length ?? 0, record.Value?.Length ?? 0, record.Headers);
        if (bytes <= Math.Min(_services.Budget.Limit, int.MaxValue))
            return (int)bytes;
        throw new ProduceException(ErrorCode.MessageTooLarge,
            $"A record of {bytes} bytes does not fit into a buffer of {_services.Budget.Limit} bytes.")
        {
            TopicPartition = new TopicPartition(topic, record.Partition ?? -1),
        };
    }

    private void GiveUp(string why)
    {
        _isClosed = true;
        _services.End.Come(why);
        WakeLanes();
    }

    private void WakeLanes()
    {
        foreach (var topic in _topics.Values)
        {
            foreach (var lane in topic.Lanes)
                lane.Wake();
        }
    }

    // A level that the codec does not have is better said now than when the first batch is full.
    private static void RequireLevel(ProducerOptions options) =>
        CompressionCodec.For(options.Compression).Compress([], new ArrayBufferWriter<byte>(), options.CompressionLevel);
}

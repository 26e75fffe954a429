using System.Buffers;
using System.Collections.Concurrent;

namespace CloudStream.Client;

/// <summary>
/// Sends messages with typed keys and values; a <see cref="Producer"/> does the work. Thread-safe; keep one for long, and dispose it, which
/// delivers what it still holds.
/// </summary>
/// <typeparam name="TKey">Type of the keys.</typeparam>
/// <typeparam name="TValue">Type of the values.</typeparam>
public sealed class Producer<TKey, TValue> : IAsyncDisposable, IDisposable
{
    private const int MaxIdleScratch = 64;

    private readonly ISerializer<TKey> _keys;
    private readonly ISerializer<TValue> _values;
    private readonly ConcurrentBag<ArrayBufferWriter<byte>> _scratch = [];

    internal Producer(Producer producer, ISerializer<TKey> keys, ISerializer<TValue> values)
    {
        Bytes = producer;
        _keys = keys;
        _values = values;
    }

    /// <summary>The producer underneath.</summary>
    public Producer Bytes { get; }

    /// <summary>Sends a message to the partition that its key decides, and waits for its acknowledgement.</summary>
    /// <param name="topic">The topic's name.</param>
    /// <param name="message">The message.</param>
    /// <param name="cancellationToken">Stops waiting. A message that is in a batch already is sent all the same.</param>
    /// <exception cref="ProduceException">The message was not delivered.</exception>
    public ValueTask<DeliveryResult> ProduceAsync(
        string topic, Message<TKey, TValue> message, CancellationToken cancellationToken = default) =>
            ProduceAsync(topic, null, message, cancellationToken);

    /// <summary>Sends a message to a partition, and waits for its acknowledgement.</summary>
    /// <param name="partition">The partition.</param>
    /// <param name="message">The message.</param>
    /// <param name="cancellationToken">Stops waiting. A message that is in a batch already is sent all the same.</param>
    /// <exception cref="ProduceException">The message was not delivered.</exception>
    public ValueTask<DeliveryResult> ProduceAsync(
        TopicPartition partition, Message<TKey, TValue> message, CancellationToken cancellationToken = default) =>
        ProduceAsync(partition.Topic, partition.Partition, message, cancellationToken);

    /// <summary>Takes a message to be sent without waiting for its acknowledgement; see <see cref="Producer.EnqueueAsync"/>.</summary>
    public ValueTask EnqueueAsync(
        string topic,
        Message<TKey, TValue> message,
        Action<DeliveryReport>? onDelivery = null,
        object? state = null,
        CancellationToken cancellationToken = default) =>
        AppendAsync(topic, null, message, onDelivery, state, cancellationToken);

    /// <summary>
    /// Takes a message to be sent to a partition without waiting for its acknowledgement; see <see cref="Producer.EnqueueAsync"/>.
    /// </summary>
    public ValueTask EnqueueAsync(
        TopicPartition partition,
        Message<TKey, TValue> message,
        Action<DeliveryReport>? onDelivery = null,
        object? state = null,
        CancellationToken cancellationToken = default) =>
        AppendAsync(partition.Topic, partition.Partition, message, onDelivery, state, cancellationToken);

    /// <summary>Sends what is held and waits until every message taken so far is settled; see <see cref="Producer.FlushAsync"/>.</summary>
    public Task FlushAsync(CancellationToken cancellationToken = default) => Bytes.FlushAsync(cancellationToken);

    /// <summary>Gives up at once; see <see cref="Producer.Abort"/>.</summary>
    public void Abort() => Bytes.Abort();

    /// <summary>Delivers what is held and ends; see <see cref="Producer.DisposeAsync"/>.</summary>
    public ValueTask DisposeAsync() => Bytes.DisposeAsync();

    /// <summary>As <see cref="DisposeAsync"/>, and waits for it: for containers that are disposed synchronously.</summary>
    public void Dispose() => Bytes.Dispose();

    private async ValueTask<DeliveryResult> ProduceAsync(
        string topic, int? partition, Message<TKey, TValue> message, CancellationToken cancellationToken)
    {
        var delivered = new TaskCompletionSource<DeliveryResult>(TaskCreationOptions.RunContinuationsAsynchronously);
        await AppendAsync(topic, partition, message, delivered, null, cancellationToken);
        return await delivered.Task.WaitAsync(cancellationToken);
    }

    private ValueTask AppendAsync(
        string topic, int? partition, in Message<TKey, TValue> message, object? sink, object? state, CancellationToken cancellationToken)
    {
        var scratch = _scratch.TryTake(out var idle) ? idle : new ArrayBufferWriter<byte>(1024);
        var appended = Bytes.AppendAsync(topic, Serialize(topic, partition, message, scratch), sink, state, cancellationToken);
        if (!appended.IsCompletedSuccessfully)
            return ReturnAfterAsync(appended, scratch);
        Return(scratch);
        return appended;
    }

    private async ValueTask ReturnAfterAsync(ValueTask appended, ArrayBufferWriter<byte> scratch)
    {
        await appended;
        Return(scratch);
    }

    private void Return(ArrayBufferWriter<byte> scratch)
    {
        scratch.ResetWrittenCount();
        if (_scratch.Count < MaxIdleScratch)
            _scratch.Add(scratch);
    }

    private ProduceRecord Serialize(string topic, int? partition, in Message<TKey, TValue> message, ArrayBufferWriter<byte> scratch)
    {
        try
        {
            var hasKey = _keys.Serialize(message.Key, scratch);
            var keyBytes = scratch.WrittenCount;
            var hasValue = _values.Serialize(message.Value, scratch);

            // Sliced at the end: the writer may have moved to a larger array meanwhile.
            var written = scratch.WrittenMemory;
            return new ProduceRecord
            {
                Key = hasKey ? written[..keyBytes] : default(ReadOnlyMemory<byte>?),
                Value = hasValue ? written[keyBytes..] : default(ReadOnlyMemory<byte>?),
                Headers = message.Headers,
                Partition = partition,
                TimestampMs = message.Timestamp?.ToUnixTimeMilliseconds(),
            };
        }
        catch (Exception e)
        {
            throw new ProduceException(ErrorCode.SerializationFailed, $"The key or value could not be serialised: {e.Message}", e)
            {
                TopicPartition = new TopicPartition(topic, partition ?? -1),
            };
        }
    }
}

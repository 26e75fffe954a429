using System.Runtime.CompilerServices;

namespace CloudStream.Client;

/// <summary>Reads messages with typed keys and values; a <see cref="Consumer"/> does the work. One reading at a time.</summary>
/// <typeparam name="TKey">Type of the keys.</typeparam>
/// <typeparam name="TValue">Type of the values.</typeparam>
public sealed class Consumer<TKey, TValue> : IAsyncDisposable, IDisposable
{
    private static readonly Headers NoHeaders = [];

    private readonly IDeserializer<TKey> _keys;
    private readonly IDeserializer<TValue> _values;

    internal Consumer(Consumer consumer, IDeserializer<TKey> keys, IDeserializer<TValue> values)
    {
        Bytes = consumer;
        _keys = keys;
        _values = values;
    }

    /// <summary>The consumer underneath.</summary>
    public Consumer Bytes { get; }

    /// <summary>The partitions that are read, with their positions.</summary>
    public IReadOnlyList<TopicPartitionOffset> Assignment => Bytes.Assignment;

    /// <summary>Reads these partitions from these offsets, and no others any more; see <see cref="Consumer.Assign"/>.</summary>
    public void Assign(params IEnumerable<TopicPartitionOffset> partitions) => Bytes.Assign(partitions);

    /// <summary>Reads these partitions too, from these offsets.</summary>
    /// <exception cref="ArgumentException">A partition is named twice, or assigned already.</exception>
    public void IncrementalAssign(params IEnumerable<TopicPartitionOffset> partitions) => Bytes.IncrementalAssign(partitions);

    /// <summary>Reads these partitions no more; the others go on.</summary>
    public void IncrementalUnassign(params IEnumerable<TopicPartition> partitions) => Bytes.IncrementalUnassign(partitions);

    /// <summary>Reads all partitions of a topic, and no others any more. The offsets are looked up now.</summary>
    public Task AssignAsync(string topic, Offset from, CancellationToken cancellationToken = default) =>
        Bytes.AssignAsync(topic, from, cancellationToken);

    /// <summary>Reads one partition, and no others any more. The offset is looked up now.</summary>
    public Task AssignAsync(TopicPartition partition, Offset from, CancellationToken cancellationToken = default) =>
        Bytes.AssignAsync(partition, from, cancellationToken);

    /// <summary>Reads nothing any more.</summary>
    public void Unassign() => Bytes.Unassign();

    /// <summary>Goes on elsewhere in an assigned partition.</summary>
    public void Seek(TopicPartitionOffset place) => Bytes.Seek(place);

    /// <summary>Holds back the records of assigned partitions until they are resumed.</summary>
    public void Pause(params IEnumerable<TopicPartition> partitions) => Bytes.Pause(partitions);

    /// <summary>Goes on with partitions that were paused.</summary>
    public void Resume(params IEnumerable<TopicPartition> partitions) => Bytes.Resume(partitions);

    /// <summary>The offset after the last message that was delivered; before that, where reading begins.</summary>
    public Offset Position(TopicPartition partition) => Bytes.Position(partition);

    /// <summary>Messages as they come, in order per partition. Ends only with <see cref="ConsumerOptions.StopAtEnd"/>.</summary>
    /// <exception cref="ConsumeException">
    /// A partition could not be read on, or a message not be deserialised; the position is at it then, and reading again tries again.
    /// </exception>
    public async IAsyncEnumerable<ConsumeResult<TKey, TValue>> ConsumeAsync(
        [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        await foreach (var consumed in Bytes.ConsumeRecordsAsync(cancellationToken))
            yield return Deserialize(consumed);
    }

    public ValueTask DisposeAsync() => Bytes.DisposeAsync();

    /// <summary>As <see cref="DisposeAsync"/>, and waits for it: for containers that are disposed synchronously.</summary>
    public void Dispose() => Bytes.Dispose();

    internal ConsumeResult<TKey, TValue> Deserialize(in ConsumedRecord consumed)
    {
        var record = consumed.Record;
        try
        {
            return new ConsumeResult<TKey, TValue>
            {
                Topic = consumed.TopicPartition.Topic,
                Partition = consumed.TopicPartition.Partition,
                Offset = record.Offset,
                TimestampMs = record.Timestamp,
                Key = _keys.Deserialize(record.Key.GetValueOrDefault().Span, record.Key is null),
                Value = _values.Deserialize(record.Value.GetValueOrDefault().Span, record.Value is null),
                Headers = record.HeaderCount == 0 ? NoHeaders : Headers.CopyOf(record.Headers),
            };
        }
        catch (Exception e)
        {
            var place = new TopicPartitionOffset(consumed.TopicPartition, record.Offset);
            Bytes.Seek(place);
            throw new ConsumeException(ErrorCode.DeserializationFailed, $"The message at {place} could not be deserialised: {e.Message}", e)
            {
                TopicPartitionOffset = place,
            };
        }
    }
}

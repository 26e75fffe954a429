using System.Runtime.CompilerServices;

namespace CloudStream.Client;

/// <summary>
/// A member of a consumer group that reads messages with typed keys and values; a <see cref="GroupConsumer"/> does the work. One reading at
/// a time.
/// </summary>
/// <typeparam name="TKey">Type of the keys.</typeparam>
/// <typeparam name="TValue">Type of the values.</typeparam>
public sealed class GroupConsumer<TKey, TValue> : IAsyncDisposable, IDisposable
{
    private readonly Consumer<TKey, TValue> _typed;

    internal GroupConsumer(GroupConsumer consumer, IDeserializer<TKey> keys, IDeserializer<TValue> values)
    {
        Bytes = consumer;
        _typed = new Consumer<TKey, TValue>(consumer.Partitions, keys, values);
    }

    /// <summary>The consumer underneath.</summary>
    public GroupConsumer Bytes { get; }

    /// <summary>The group.</summary>
    public string GroupId => Bytes.GroupId;

    /// <summary>The id that the coordinator has given to this member; empty before it has joined.</summary>
    public string MemberId => Bytes.MemberId;

    /// <summary>The partitions that it reads, with their positions.</summary>
    public IReadOnlyList<TopicPartitionOffset> Assignment => Bytes.Assignment;

    /// <summary>Wants these topics, and no others any more; see <see cref="GroupConsumer.Subscribe"/>.</summary>
    public void Subscribe(params IEnumerable<string> topics) => Bytes.Subscribe(topics);

    /// <summary>
    /// Messages of the assigned partitions, in order per partition. A message counts as processed when the next one is asked for.
    /// </summary>
    /// <exception cref="ConsumeException">
    /// A partition could not be read on, or a message not be deserialised; the position is at it then, and reading again tries again.
    /// </exception>
    /// <exception cref="CloudStreamException">The group does not take this member.</exception>
    public async IAsyncEnumerable<ConsumeResult<TKey, TValue>> ConsumeAsync(
        [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        await foreach (var consumed in Bytes.ConsumeRecordsAsync(cancellationToken))
            yield return _typed.Deserialize(consumed);
    }

    /// <summary>Says that everything up to this message is processed; the next commit has it.</summary>
    public void StoreOffset(ConsumeResult<TKey, TValue> result) => Bytes.StoreOffset(result.TopicPartitionOffset);

    /// <summary>Commits everything that was handed out, the last message too.</summary>
    /// <exception cref="CloudStreamException">It is not committed: the generation may be over, and then the records are read
    /// again.</exception>
    public Task CommitAsync(CancellationToken cancellationToken = default) => Bytes.CommitAsync(cancellationToken);

    /// <summary>Commits that everything up to a message is processed.</summary>
    /// <exception cref="CloudStreamException">It is not committed: the generation may be over, and then the records are read
    /// again.</exception>
    public Task CommitAsync(ConsumeResult<TKey, TValue> result, CancellationToken cancellationToken = default) =>
        Bytes.CommitAsync(result.TopicPartitionOffset, cancellationToken);

    public ValueTask DisposeAsync() => Bytes.DisposeAsync();

    /// <summary>As <see cref="DisposeAsync"/>, and waits for it: for containers that are disposed synchronously.</summary>
    public void Dispose() => Bytes.Dispose();
}

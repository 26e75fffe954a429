using CloudStream.Cluster.Settings;
using CloudStream.Kafka.Messages;

namespace CloudStream.Kafka.Requests;

/// <summary>One of the features by which Kafka's brokers agree on what they can do.</summary>
/// <param name="Name">Kafka's name.</param>
/// <param name="Level">The level in force, which is the only one that is supported.</param>
internal sealed record Feature(string Name, short Level);

/// <summary>
/// The features of this broker (KIP-584). Clients act on some (Java's producer takes the newer protocol of transactions from
/// <c>transaction.version</c> 2), so one is named only where the APIs behind it are served; tools read which Kafka this is from
/// <c>metadata.version</c>.
/// </summary>
internal sealed class Features(HandlerTable handlers)
{
    /// <summary>Grows with every change of the levels in force; clients keep the newest. They change with this program alone.</summary>
    public const long Epoch = 1;

    private readonly Lazy<Feature[]> _all = new(() => [.. Served(handlers)]);

    public IReadOnlyList<Feature> All => _all.Value;

    private static IEnumerable<Feature> Served(HandlerTable handlers)
    {
        yield return new Feature("metadata.version", KafkaLevel.MetadataVersion);
        if (handlers[(short)ApiKey.ConsumerGroupHeartbeat] is not null
            && handlers[(short)ApiKey.ConsumerGroupDescribe] is not null)
            yield return new Feature("group.version", 1);
        if (handlers[(short)ApiKey.EndTxn, 5] is not null && handlers[(short)ApiKey.TxnOffsetCommit, 5] is not null)
            yield return new Feature("transaction.version", 2);
    }
}

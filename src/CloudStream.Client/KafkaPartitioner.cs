using CloudStream.Records;

namespace CloudStream.Client;

/// <summary>Kafka's default: murmur2 of the key, as the Java client hashes it; sticky without a key.</summary>
public sealed class KafkaPartitioner : IPartitioner
{
    private KafkaPartitioner()
    {
    }

    /// <summary>The one instance.</summary>
    public static KafkaPartitioner Instance { get; } = new();

    public int Partition(string topic, ReadOnlySpan<byte> key, bool keyIsNull, int partitionCount) =>
        keyIsNull ? -1 : DefaultPartitioner.ForKey(key, partitionCount);
}

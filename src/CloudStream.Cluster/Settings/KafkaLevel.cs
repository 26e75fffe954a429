namespace CloudStream.Cluster.Settings;

/// <summary>The version of Kafka as which a broker is known to tools: they find it as a feature's level or as a setting.</summary>
public static class KafkaLevel
{
    /// <summary>The level of <c>metadata.version</c>.</summary>
    public const short MetadataVersion = 30;

    /// <summary>The name of that level.</summary>
    public const string Name = "4.3-IV0";
}

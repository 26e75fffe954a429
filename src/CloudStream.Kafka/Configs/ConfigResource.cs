namespace CloudStream.Kafka.Configs;

/// <summary>What settings belong to, by Kafka's numbers.</summary>
internal static class ConfigResource
{
    public const sbyte Topic = 2, Broker = 4, BrokerLogger = 8, ClientMetrics = 16, Group = 32;
}

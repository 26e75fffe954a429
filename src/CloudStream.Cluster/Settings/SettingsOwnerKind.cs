namespace CloudStream.Cluster.Settings;

/// <summary>What has settings that are altered while the cluster runs, besides topics. The numbers are kept in a register.</summary>
public enum SettingsOwnerKind : byte
{
    /// <summary>A broker, by its id, or all of them, by an empty name.</summary>
    Brokers = 1,

    /// <summary>A consumer group, by its id.</summary>
    Group = 2,

    /// <summary>A subscription to the metrics of clients, by its name (KIP-714).</summary>
    ClientMetrics = 3,
}

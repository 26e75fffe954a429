using CloudStream.Cluster.Settings;

namespace CloudStream.Cluster.Groups;

/// <summary>The settings of groups in force, from the table of broker settings. Immutable.</summary>
internal sealed record GroupSettings
{
    /// <summary>The bound on members, of which each generation is written whole, whatever <c>group.max.size</c> says.</summary>
    public const int MaxMembers = 2000;

    /// <summary>How long the first member of an empty group waits for others.</summary>
    public required TimeSpan InitialRebalanceDelay { get; init; }

    /// <summary>The shortest session timeout that a member may ask for.</summary>
    public required TimeSpan MinSessionTimeout { get; init; }

    /// <summary>The longest.</summary>
    public required TimeSpan MaxSessionTimeout { get; init; }

    /// <summary>How many members a group may have.</summary>
    public required int MaxSize { get; init; }

    /// <summary>How long the metadata of an offset may be. Kafka calls them bytes and counts UTF-16 characters.</summary>
    public required int MaxMetadataChars { get; init; }

    /// <summary>How long offsets are kept after their group became empty.</summary>
    public required TimeSpan OffsetsRetention { get; init; }

    /// <summary>How often offsets are looked through for what has expired.</summary>
    public required TimeSpan RetentionCheckInterval { get; init; }

    /// <summary>How many groups this broker keeps in memory.</summary>
    public required int MaxLoaded { get; init; }

    public static GroupSettings Of(BrokerOptions options) => new()
    {
        InitialRebalanceDelay = Ms(options, BrokerSettingNames.GroupInitialRebalanceDelayMs),
        MinSessionTimeout = Ms(options, BrokerSettingNames.GroupMinSessionTimeoutMs),
        MaxSessionTimeout = Ms(options, BrokerSettingNames.GroupMaxSessionTimeoutMs),
        MaxSize = (int)Math.Min(MaxMembers, BrokerSettings.Number(options, BrokerSettingNames.GroupMaxSize)),
        MaxMetadataChars = (int)BrokerSettings.Number(options, BrokerSettingNames.OffsetMetadataMaxBytes),
        OffsetsRetention = TimeSpan.FromMinutes(BrokerSettings.Number(options, BrokerSettingNames.OffsetsRetentionMinutes)),
        RetentionCheckInterval = Ms(options, BrokerSettingNames.OffsetsRetentionCheckIntervalMs),
        MaxLoaded = (int)BrokerSettings.Number(options, BrokerSettingNames.GroupsLoaded),
    };

    private static TimeSpan Ms(BrokerOptions options, string name) => TimeSpan.FromMilliseconds(BrokerSettings.Number(options, name));
}

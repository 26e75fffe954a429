namespace CloudStream.Cluster.Settings;

/// <summary>One setting of a topic or broker as it is in force.</summary>
/// <param name="Name">Kafka's name.</param>
/// <param name="Value">The value in force.</param>
/// <param name="IsDefault">Whether nobody set it.</param>
/// <param name="Doc">What it does, its unit and range.</param>
public sealed record ConfigEntry(string Name, string Value, bool IsDefault, string Doc)
{
    /// <summary>Type of the value.</summary>
    public SettingType Type { get; init; }

    /// <summary>The value that the topic itself sets; null when it does not, and for settings of brokers.</summary>
    public string? TopicValue { get; init; }

    /// <summary>The broker setting that stands in when the topic sets nothing; null when there is none.</summary>
    public string? BrokerName { get; init; }

    /// <summary>The value that was set on the broker; null when none was.</summary>
    public string? BrokerValue { get; init; }

    /// <summary>The value that was altered on this broker while it runs; null when none was.</summary>
    public string? BrokerRunTimeValue { get; init; }

    /// <summary>The value that was altered on all brokers while they run; null when none was.</summary>
    public string? ClusterRunTimeValue { get; init; }

    /// <summary>The value of a group's own; null when there is none.</summary>
    public string? GroupValue { get; init; }

    /// <summary>The value of client metrics' own; null when there is none.</summary>
    public string? ClientMetricsValue { get; init; }

    /// <summary>Whether it cannot be altered while the broker runs.</summary>
    public bool IsReadOnly { get; init; }

    /// <summary>Whether it is told without what would be in force if it were not set.</summary>
    public bool HasNoSynonyms { get; init; }

    /// <summary>The value when nobody sets it.</summary>
    public string Default { get; init; } = "";
}

using CloudStream.Cluster.Settings;
using CloudStream.Kafka.Messages;

namespace CloudStream.Kafka.Topics;

/// <summary>How settings look in Kafka's answers: where a value comes from, and what type it has.</summary>
internal static class TopicConfigAnswers
{
    /// <summary>Set on the topic.</summary>
    public const sbyte OfTopic = 1;

    /// <summary>Altered on the broker while it runs.</summary>
    public const sbyte OfBrokerAtRunTime = 2;

    /// <summary>Altered on all brokers while they run.</summary>
    public const sbyte OfBrokersAtRunTime = 3;

    /// <summary>Set on client metrics.</summary>
    public const sbyte OfClientMetrics = 7;

    /// <summary>Set on the group.</summary>
    public const sbyte OfGroup = 8;

    /// <summary>Set when the broker was started.</summary>
    public const sbyte OfBroker = 4;

    /// <summary>Set by nobody.</summary>
    public const sbyte Default = 5;

    /// <summary>Where the value in force comes from.</summary>
    public static sbyte SourceOf(ConfigEntry entry) => entry switch
    {
        { TopicValue: not null } => OfTopic,
        { GroupValue: not null } => OfGroup,
        { ClientMetricsValue: not null } => OfClientMetrics,
        { BrokerRunTimeValue: not null } => OfBrokerAtRunTime,
        { ClusterRunTimeValue: not null } => OfBrokersAtRunTime,
        { IsDefault: true } => Default,
        _ => OfBroker,
    };

    /// <summary>Kafka's number of a type.</summary>
    public static sbyte TypeOf(SettingType type) => type switch
    {
        SettingType.Boolean => 1,
        SettingType.String => 2,
        SettingType.Int => 3,
        SettingType.Long => 5,
        SettingType.Double => 6,
        SettingType.List => 7,
        _ => 0,
    };

    /// <summary>All settings of a new topic.</summary>
    public static List<CreateTopicsResponse.CreatableTopicConfigs> Of(IReadOnlyList<ConfigEntry> entries) =>
        [
            .. entries.Select(
                e => new CreateTopicsResponse.CreatableTopicConfigs { Name = e.Name, Value = e.Value, ConfigSource = SourceOf(e) })];

    /// <summary>The values that could be in force, the one that is first.</summary>
    public static IEnumerable<DescribeConfigsResponse.DescribeConfigsSynonym> Synonyms(ConfigEntry entry)
    {
        if (entry.TopicValue is { } own)
            yield return new() { Name = entry.Name, Value = own, Source = OfTopic };
        if (entry.GroupValue is { } group)
            yield return new() { Name = entry.Name, Value = group, Source = OfGroup };
        if (entry.ClientMetricsValue is { } metrics)
            yield return new() { Name = entry.Name, Value = metrics, Source = OfClientMetrics };
        if (entry.BrokerRunTimeValue is { } altered)
            yield return new() { Name = entry.BrokerName ?? entry.Name, Value = altered, Source = OfBrokerAtRunTime };
        if (entry.ClusterRunTimeValue is { } ofAll)
            yield return new() { Name = entry.BrokerName ?? entry.Name, Value = ofAll, Source = OfBrokersAtRunTime };
        if (entry.BrokerValue is { } broker)
            yield return new() { Name = entry.BrokerName ?? entry.Name, Value = broker, Source = OfBroker };
        if (!entry.HasNoSynonyms)
            yield return new() { Name = entry.BrokerName ?? entry.Name, Value = entry.Default, Source = Default };
    }
}

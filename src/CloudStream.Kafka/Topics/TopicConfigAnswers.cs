using CloudStream.Cluster.Settings;
using CloudStream.Kafka.Messages;

namespace CloudStream.Kafka.Topics;

/// <summary>How settings look in Kafka's answers: where a value comes from, and what type it has.</summary>
internal static class TopicConfigAnswers
{
    /// <summary>Set on the topic.</summary>
    public const sbyte OfTopic = 1;

    /// <summary>Set when the broker was started.</summary>
    public const sbyte OfBroker = 4;

    /// <summary>Set by nobody.</summary>
    public const sbyte Default = 5;

    /// <summary>Where the value in force comes from.</summary>
    public static sbyte SourceOf(ConfigEntry entry) => entry.TopicValue is not null ? OfTopic : entry.IsDefault ? Default : OfBroker;

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
        [.. entries.Select(e => new CreateTopicsResponse.CreatableTopicConfigs { Name = e.Name, Value = e.Value, ConfigSource = SourceOf(e) })];

    /// <summary>The values that could be in force, the one that is first.</summary>
    public static IEnumerable<DescribeConfigsResponse.DescribeConfigsSynonym> Synonyms(ConfigEntry entry)
    {
        if (entry.TopicValue is { } own)
            yield return new() { Name = entry.Name, Value = own, Source = OfTopic };
        if (entry.BrokerValue is { } broker)
            yield return new() { Name = entry.BrokerName ?? entry.Name, Value = broker, Source = OfBroker };
        yield return new() { Name = entry.BrokerName ?? entry.Name, Value = entry.Default, Source = Default };
    }
}

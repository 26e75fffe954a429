using System.Collections.Immutable;
using System.Globalization;
using System.Runtime.CompilerServices;
using CloudStream.Cluster.Settings;

namespace CloudStream.Cluster.Topics;

/// <summary>
/// The settings of topics as they are in force on this broker: what the topic says, then what the broker says, then Kafka's default.
/// Thread-safe.
/// </summary>
internal sealed class TopicConfigs(BrokerOptions options)
{
    private static readonly Dictionary<string, string> s_brokerNames = new(StringComparer.Ordinal)
    {
        [TopicConfigNames.CleanupPolicy] = BrokerSettingNames.CleanupPolicy,
        [TopicConfigNames.CompressionType] = BrokerSettingNames.CompressionType,
        [TopicConfigNames.MaxDecompressedBytes] = BrokerSettingNames.MaxDecompressedBytes,
        [TopicConfigNames.MaxMessageBytes] = BrokerSettingNames.MessageMaxBytes,
        [TopicConfigNames.MessageTimestampAfterMaxMs] = BrokerSettingNames.TimestampAfterMaxMs,
        [TopicConfigNames.MessageTimestampBeforeMaxMs] = BrokerSettingNames.TimestampBeforeMaxMs,
        [TopicConfigNames.MessageTimestampType] = BrokerSettingNames.TimestampType,
        [TopicConfigNames.MinInsyncReplicas] = BrokerSettingNames.MinInsyncReplicas,
        [TopicConfigNames.RetentionBytes] = BrokerSettingNames.RetentionBytes,
        [TopicConfigNames.SegmentBytes] = BrokerSettingNames.SegmentBytes,
        [TopicConfigNames.SegmentMs] = BrokerSettingNames.SegmentMs,
    };

    // A topic's snapshot is immutable and dies with the catalog's next one; what was resolved for it dies with it.
    private Resolved _resolved = new(BrokerValues.None, []);

    /// <summary>What the engine acts on.</summary>
    public TopicConfig Of(TopicInfo topic)
    {
        var resolved = Volatile.Read(ref _resolved);
        var values = options.AtRunTime;
        if (!ReferenceEquals(resolved.Under, values))
            Volatile.Write(ref _resolved, resolved = new Resolved(values, [])); // Settings of brokers stand in for those of topics.
        return resolved.Configs.TryGetValue(topic, out var config) ? config : resolved.Configs.GetValue(topic, Resolve);
    }

    /// <summary>Every setting as it is in force, by name.</summary>
    public IReadOnlyList<ConfigEntry> Describe(TopicInfo topic) =>
        [.. TopicConfigDefinitions.All.Select(d => new ConfigEntry(d.Name, Value(topic, d.Name), Explicit(topic, d.Name) is null, d.Doc)
        {
            Type = d.Type,
            TopicValue = topic.Config.GetValueOrDefault(d.Name),
            BrokerName = BrokerName(d.Name),
            BrokerValue = AtStart(d.Name),
            BrokerRunTimeValue = options.AtRunTime.Own.GetValueOrDefault(BrokerName(d.Name) ?? ""),
            ClusterRunTimeValue = options.AtRunTime.Default.GetValueOrDefault(BrokerName(d.Name) ?? ""),
            Default = d.Default,
        })];

    private sealed record Resolved(BrokerValues Under, ConditionalWeakTable<TopicInfo, TopicConfig> Configs);

    /// <summary>Sets (value) or resets (null) settings; on failure <paramref name="error"/> names the first one that is wrong.</summary>
    public static bool TryChange(
        ImmutableSortedDictionary<string, string> present, IReadOnlyDictionary<string, string?> changes,
        out ImmutableSortedDictionary<string, string> next, out string? error)
    {
        (next, error) = (present, null);
        foreach (var (name, value) in changes)
        {
            if (!TopicConfigDefinitions.ByName.TryGetValue(name, out var definition))
                error = $"there is no topic setting {name}{NearNames.Question(name, TopicConfigDefinitions.ByName.Keys)}";
            else if (value is null)
                next = next.Remove(name);
            else if (definition.TryNormalize(value, out var normal, out error))
                next = next.SetItem(name, normal);
            if (error is not null)
                return false;
        }

        error = Conflict(next);
        return error is null;
    }

    // The one pair that Kafka compares where there is no second tier.
    private static string? Conflict(ImmutableSortedDictionary<string, string> settings) =>
        settings.TryGetValue(TopicConfigNames.MinCompactionLagMs, out var min)
            && settings.TryGetValue(TopicConfigNames.MaxCompactionLagMs, out var max)
            && long.Parse(min, CultureInfo.InvariantCulture) > long.Parse(max, CultureInfo.InvariantCulture)
            ? $"{TopicConfigNames.MinCompactionLagMs} is {min}; it must not be above {TopicConfigNames.MaxCompactionLagMs}, which is {max}"
            : null;

    private TopicConfig Resolve(TopicInfo topic) => TopicConfig.From(name => Value(topic, name));

    private string Value(TopicInfo topic, string name) => Explicit(topic, name) ?? TopicConfigDefinitions.ByName[name].Default;

    private string? Explicit(TopicInfo topic, string name) => topic.Config.GetValueOrDefault(name) ?? OfBroker(name);

    private static string? BrokerName(string name) =>
        name == TopicConfigNames.RetentionMs ? BrokerSettingNames.RetentionMs : s_brokerNames.GetValueOrDefault(name);

    // Null when nobody set it on the broker either.
    private string? OfBroker(string name) =>
        BrokerName(name) is { } brokerName ? options.AtRunTime.Find(brokerName) ?? AtStart(name) : null;

    private string? AtStart(string name)
    {
        if (name != TopicConfigNames.RetentionMs)
            return BrokerName(name) is { } brokerName ? options.Settings.GetValueOrDefault(brokerName) : null;
        var ms = BrokerSettings.RetentionMsAtStart(options).ToString(CultureInfo.InvariantCulture);
        return ms == TopicConfigDefinitions.ByName[name].Default ? null : ms;
    }
}

using System.Collections.Frozen;
using System.Globalization;

namespace CloudStream.Cluster.Settings;

/// <summary>
/// Broker settings, as <c>--set NAME=VALUE</c> takes them: Kafka's names for what Kafka has too, and <c>cloudstream.</c> names for our own
/// options. A name that is accepted has an effect, or its <see cref="SettingDefinition.Doc"/> says that it has none and why.
/// </summary>
public static class BrokerSettings
{
    private static readonly FrozenDictionary<string, BrokerSetting> s_byName =
        BrokerSettingTable.All.ToFrozenDictionary(s => s.Definition.Name, StringComparer.Ordinal);

    /// <summary>Every setting, Kafka's names first.</summary>
    public static IReadOnlyList<SettingDefinition> All { get; } = [.. BrokerSettingTable.All.Select(s => s.Definition)];

    /// <summary>
    /// Applies one setting to the options. On failure nothing changes and <paramref name="error"/> says what is wrong: an unknown name with
    /// the near ones, or a value with its limit. Limits between settings are checked by <see cref="BrokerOptions.Validate"/>.
    /// </summary>
    public static bool TryApply(BrokerOptions options, string name, string value, out string? error)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(name);
        ArgumentNullException.ThrowIfNull(value);
        if (!s_byName.TryGetValue(name, out var setting))
        {
            error = $"there is no setting {name}{NearNames.Question(name, s_byName.Keys)}";
            return false;
        }

        if (!setting.Definition.TryNormalize(value, out var normal, out error))
            return false;
        if (setting.Option is { } option)
            option(options, long.Parse(normal, CultureInfo.InvariantCulture));
        else
            options.Settings[name] = normal;
        return true;
    }

    /// <summary>The number in force of a setting that is kept by name.</summary>
    /// <param name="options">What was set.</param>
    /// <param name="name">The setting, a number.</param>
    public static long Number(BrokerOptions options, string name)
    {
        ArgumentNullException.ThrowIfNull(options);
        return long.Parse(Value(options, name), CultureInfo.InvariantCulture);
    }

    /// <summary>The items in force of a setting that is kept by name.</summary>
    /// <param name="options">What was set.</param>
    /// <param name="name">The setting, a list.</param>
    public static IReadOnlyList<string> List(BrokerOptions options, string name)
    {
        ArgumentNullException.ThrowIfNull(options);
        return Value(options, name).Split(',', StringSplitOptions.RemoveEmptyEntries);
    }

    /// <summary>The setting of this name; null when there is none.</summary>
    internal static SettingDefinition? Find(string name) => s_byName.GetValueOrDefault(name)?.Definition;

    /// <summary>Sets the option of a setting that has one.</summary>
    internal static void SetOption(BrokerOptions options, string name, long value) => s_byName[name].Option!(options, value);

    /// <summary>Every setting of a broker as it is in force.</summary>
    /// <param name="options">What was set at its start.</param>
    /// <param name="brokerId">The id that it has.</param>
    /// <param name="altered">What was altered since.</param>
    /// <param name="atStart">Options as they were at the start, of settings that may be altered.</param>
    internal static IReadOnlyList<ConfigEntry> Describe(
        BrokerOptions options, int brokerId, BrokerValues altered, IReadOnlyDictionary<string, long> atStart) =>
    [
        .. BrokerSettingTable.All.Select(s => Describe(s, AtStart(options, s, brokerId, atStart), altered)),
        .. s_fixed,
        .. altered.Own.Keys.Union(altered.Default.Keys).Where(name => !s_byName.ContainsKey(name))
            .Select(name => DescribeForAll(name, altered.Find(name)!) with
            {
                HasNoSynonyms = false,
                BrokerRunTimeValue = altered.Own.GetValueOrDefault(name),
                ClusterRunTimeValue = altered.Default.GetValueOrDefault(name),
            }),
    ];

    /// <summary>A setting that was altered for all brokers.</summary>
    internal static ConfigEntry DescribeForAll(string name, string value) =>
        new(name, value, false, Find(name)?.Doc ?? "No effect: there are no replicas between brokers.")
        {
            Type = Find(name)?.Type ?? SettingType.Long,
            BrokerName = name,
            ClusterRunTimeValue = value,
            HasNoSynonyms = true,
            Default = Find(name)?.Default ?? "",
        };

    // What tools look up to learn which Kafka this is and what it can do.
    private static readonly ConfigEntry[] s_fixed =
    [
        Fixed("inter.broker.protocol.version", KafkaLevel.Name, "The version of Kafka as which tools know this broker."),
        Fixed("delete.topic.enable", "true", "Topics can be deleted."),
    ];

    private static ConfigEntry Fixed(string name, string value, string doc) =>
        new(name, value, true, doc)
        {
            Type = value == "true" ? SettingType.Boolean : SettingType.String,
            BrokerName = name,
            Default = value,
            IsReadOnly = true,
        };

    private static string? AtStart(BrokerOptions options, BrokerSetting setting, int brokerId, IReadOnlyDictionary<string, long> atStart)
    {
        var name = setting.Definition.Name;
        if (name is BrokerSettingNames.NodeId or BrokerSettingNames.BrokerId && brokerId >= 0)
            return brokerId.ToString(CultureInfo.InvariantCulture);
        if (setting.Present is not { } present)
            return options.Settings.GetValueOrDefault(name);
        var value = (atStart.TryGetValue(name, out var start) ? start : present(options)).ToString(CultureInfo.InvariantCulture);
        return value == setting.Definition.Default ? null : value;
    }

    private static ConfigEntry Describe(BrokerSetting setting, string? atStart, BrokerValues altered)
    {
        var definition = setting.Definition;
        var value = altered.Find(definition.Name) ?? atStart;
        return new ConfigEntry(definition.Name, value ?? definition.Default, value is null, definition.Doc)
        {
            Type = definition.Type,
            BrokerName = definition.Name,
            BrokerValue = atStart,
            BrokerRunTimeValue = altered.Own.GetValueOrDefault(definition.Name),
            ClusterRunTimeValue = altered.Default.GetValueOrDefault(definition.Name),
            Default = definition.Default,
            IsReadOnly = !definition.IsDynamic,
        };
    }

    /// <summary>The value that was set, or null.</summary>
    internal static string? Explicit(BrokerOptions options, string name) =>
        options.AtRunTime.Find(name) ?? options.Settings.GetValueOrDefault(name);

    /// <summary>The value in force.</summary>
    internal static string Value(BrokerOptions options, string name) => Explicit(options, name) ?? s_byName[name].Definition.Default;

    /// <summary>Whether unknown topics are created on first use.</summary>
    internal static bool AutoCreateTopics(BrokerOptions options) =>
        Value(options, BrokerSettingNames.AutoCreateTopics) == "true";

    /// <summary>Whether the records in produced batches are checked.</summary>
    internal static bool ChecksRecords(BrokerOptions options) =>
        Value(options, BrokerSettingNames.CheckRecords) == "true";

    /// <summary>Partitions of a topic that is created without a number of them.</summary>
    internal static int NumPartitions(BrokerOptions options) =>
        int.Parse(Value(options, BrokerSettingNames.NumPartitions), CultureInfo.InvariantCulture);

    /// <summary>The largest record batch in bytes, where a topic does not say otherwise.</summary>
    internal static int MessageMaxBytes(BrokerOptions options) =>
        int.Parse(Value(options, BrokerSettingNames.MessageMaxBytes), CultureInfo.InvariantCulture);

    /// <summary>
    /// How long records are kept where a topic does not say otherwise: milliseconds go before minutes, minutes before hours; -1 for ever.
    /// </summary>
    internal static long RetentionMs(BrokerOptions options) => Explicit(options, BrokerSettingNames.RetentionMs) is { } ms
        ? long.Parse(ms, CultureInfo.InvariantCulture)
        : RetentionMsAtStart(options);

    /// <summary>The same as it was set when the broker was started.</summary>
    internal static long RetentionMsAtStart(BrokerOptions options)
    {
        if (options.Settings.GetValueOrDefault(BrokerSettingNames.RetentionMs) is { } ms)
            return long.Parse(ms, CultureInfo.InvariantCulture);
        if (Explicit(options, BrokerSettingNames.RetentionMinutes) is { } minutes)
            return Scale(minutes, 60_000);
        return Scale(Value(options, BrokerSettingNames.RetentionHours), 3_600_000);
    }

    private static long Scale(string value, long unitMs)
    {
        var count = long.Parse(value, CultureInfo.InvariantCulture);
        return count < 0 ? -1 : count * unitMs;
    }
}

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

    /// <summary>Every setting as it is in force.</summary>
    internal static IReadOnlyList<ConfigEntry> Describe(BrokerOptions options) => [.. BrokerSettingTable.All.Select(s => Describe(options, s))];

    private static ConfigEntry Describe(BrokerOptions options, BrokerSetting setting)
    {
        var definition = setting.Definition;
        var value = setting.Present?.Invoke(options).ToString(CultureInfo.InvariantCulture) ?? Value(options, definition.Name);
        var isDefault = setting.Present is null ? Explicit(options, definition.Name) is null : value == definition.Default;
        return new ConfigEntry(definition.Name, value, isDefault, definition.Doc)
        {
            Type = definition.Type,
            BrokerName = definition.Name,
            BrokerValue = isDefault ? null : value,
            Default = definition.Default,
        };
    }

    /// <summary>The value that was set, or null.</summary>
    internal static string? Explicit(BrokerOptions options, string name) => options.Settings.GetValueOrDefault(name);

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

    /// <summary>How long records are kept where a topic does not say otherwise: milliseconds go before minutes, minutes before hours; -1 for ever.</summary>
    internal static long RetentionMs(BrokerOptions options)
    {
        if (Explicit(options, BrokerSettingNames.RetentionMs) is { } ms)
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

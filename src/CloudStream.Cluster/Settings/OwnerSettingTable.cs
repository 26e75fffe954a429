using System.Globalization;
using System.Text.RegularExpressions;
using CloudStream.Log.Calls;

namespace CloudStream.Cluster.Settings;

/// <summary>
/// The settings of groups and client metrics, and what may be altered of brokers, checked as Kafka checks it and in its words.
/// </summary>
internal static class OwnerSettingTable
{
    private const string Unserved =
        "Kept for the newer protocols of groups; no effect: the classic protocol, which is served, takes these times from each member.";

    // No broker has a setting that would stand in for these.
    private static readonly HashSet<string> s_groupsAlone = new(StringComparer.Ordinal)
    {
        "share.auto.offset.reset", "share.isolation.level", "share.renew.acknowledge.enable",
    };

    private static readonly string[] s_clientFields =
        ["client_instance_id", "client_id", "client_software_name", "client_software_version", "client_source_address",
            "client_source_port"];

    // What tools set for a while around a reassignment: there are no replicas to throttle.
    private static readonly HashSet<string> s_throttles = new(StringComparer.Ordinal)
    {
        "leader.replication.throttled.rate", "follower.replication.throttled.rate", "replica.alter.log.dirs.io.max.bytes.per.second",
    };

    /// <summary>The settings of groups, with the broker settings that stand in for them.</summary>
    public static IReadOnlyList<SettingDefinition> Groups { get; } =
    [
        .. Times("consumer"),
        .. Times("share"),
        Int("share.record.lock.duration.ms", 1000, "30000"),
        Int("share.delivery.count.limit", 2, "5"),
        Int("share.partition.max.record.locks", 100, "2000"),
        new("share.auto.offset.reset", SettingRule.Text("latest, earliest, or by_duration: and a duration"), "latest", Unserved),
        new("share.isolation.level", SettingRule.OneOf("read_uncommitted", "read_committed"), "read_uncommitted", Unserved),
        new("share.renew.acknowledge.enable", SettingRule.Boolean, "true", Unserved),
        .. Times("streams"),
        Int("streams.initial.rebalance.delay.ms", 0, "3000"),
        Int("streams.num.standby.replicas", 0, "0"),
    ];

    /// <summary>The settings of client metrics (KIP-714).</summary>
    public static IReadOnlyList<SettingDefinition> ClientMetrics { get; } =
    [
        new("interval.ms", SettingRule.Int(int.MinValue), "300000",
            "Milliseconds between two pushes of a client. Kept; clients are not asked for their metrics."),
        new("match", SettingRule.Text("a list of client_…=PATTERN"), "", "Which clients. Kept; clients are not asked for their metrics."),
        new("metrics", SettingRule.Text("a list of prefixes of names"), "",
            "Which metrics. Kept; clients are not asked for their metrics."),
    ];

    /// <summary>Checks changes of an owner; <paramref name="normal"/> is what to keep of them.</summary>
    public static SettingsResult? Check(
        SettingsOwnerKind kind, IReadOnlyDictionary<string, string?> changes, out Dictionary<string, string?> normal)
    {
        normal = new(StringComparer.Ordinal);
        var fixedNames = changes.Where(
            c => kind == SettingsOwnerKind.Brokers && c.Value is not null && BrokerSettings.Find(c.Key) is { IsDynamic: false })
            .Select(c => c.Key).ToList();
        if (fixedNames.Count > 0)
            return new(ErrorCode.InvalidRequest, $"Cannot update these configs dynamically: [{string.Join(", ", fixedNames)}]");
        foreach (var (name, value) in changes)
        {
            if (Check(kind, name, value, out var kept) is { } fault)
                return fault;
            normal[name] = kept;
        }

        return null;
    }

    public static ConfigEntry DescribeGroup(SettingDefinition definition, string? value) => Describe(definition, value) with
    {
        GroupValue = value,
        BrokerName = s_groupsAlone.Contains(definition.Name) ? null : $"group.{definition.Name}",
    };

    public static ConfigEntry DescribeMetrics(SettingDefinition definition, string? value) => Describe(definition, value) with
    {
        ClientMetricsValue = value,
        HasNoSynonyms = true,
    };

    private static ConfigEntry Describe(SettingDefinition definition, string? value) =>
        new(definition.Name, value ?? definition.Default, value is null, definition.Doc)
        {
            Type = definition.Type,
            Default = definition.Default
        };

    private static SettingsResult? Check(SettingsOwnerKind kind, string name, string? value, out string? kept)
    {
        kept = value;
        var definition = kind switch
        {
            SettingsOwnerKind.Group => Groups.FirstOrDefault(d => d.Name == name),
            SettingsOwnerKind.ClientMetrics => ClientMetrics.FirstOrDefault(d => d.Name == name),
            _ => BrokerSettings.Find(name),
        };
        if (value is null || (kind == SettingsOwnerKind.Brokers && s_throttles.Contains(name)))
            return null; // What nobody knows may be reset.
        if (definition is null)
            return Unknown(kind, name);
        if (!definition.TryNormalize(value, out kept, out _))
            return new(kind == SettingsOwnerKind.Brokers ? ErrorCode.InvalidRequest : ErrorCode.InvalidConfig, Wrong(definition, value));
        return kind != SettingsOwnerKind.ClientMetrics ? null : name switch
        {
            "interval.ms" when int.Parse(kept, CultureInfo.InvariantCulture) is < 100 or > 3_600_000 =>
                new(ErrorCode.InvalidRequest, $"Invalid value {value} for interval.ms, interval must be between 100 and 3600000 (1 hour)"),
            "match" when kept.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).FirstOrDefault(
                p => !IsPattern(p)) is { } wrong =>
                new(ErrorCode.InvalidConfig, $"Illegal client matching pattern: {wrong}"),
            _ => null,
        };
    }

    private static string Wrong(SettingDefinition definition, string value)
    {
        var isNumber = definition.Type is SettingType.Int or SettingType.Long;
        var why = isNumber && !long.TryParse(value.Trim(), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out _)
            ? $"Not a number of type {(definition.Type == SettingType.Int ? "INT" : "LONG")}"
            : $"it must be {definition.Range}";
        return $"Invalid value {value} for configuration {definition.Name}: {why}";
    }

    private static SettingsResult Unknown(SettingsOwnerKind kind, string name) => kind switch
    {
        SettingsOwnerKind.Group => new(ErrorCode.InvalidConfig, $"Unknown group config name: {name}"),
        SettingsOwnerKind.ClientMetrics => new(ErrorCode.InvalidRequest, $"Unknown client metrics configuration: {name}"),
        _ => new(ErrorCode.InvalidRequest,
            $"there is no broker setting {name}{NearNames.Question(name, BrokerSettings.All.Select(d => d.Name))}"),
    };

    private static bool IsPattern(string text)
    {
        var parts = text.Split('=', 2, StringSplitOptions.TrimEntries);
        if (parts.Length != 2 || !s_clientFields.Contains(parts[0]))
            return false;
        try
        {
            _ = new Regex(parts[1], RegexOptions.NonBacktracking);
            return true;
        }
        catch (Exception e) when (e is ArgumentException or NotSupportedException)
        {
            return false;
        }
    }

    // The bounds are those of Kafka's group.….min and max settings.
    private static IEnumerable<SettingDefinition> Times(string protocol) =>
    [
        new($"{protocol}.session.timeout.ms", SettingRule.Int(45_000, 60_000), "45000", Unserved),
        new($"{protocol}.heartbeat.interval.ms", SettingRule.Int(5_000, 15_000), "5000", Unserved),
        new($"{protocol}.assignment.interval.ms", SettingRule.Int(0, 15_000), "1000", Unserved),
    ];

    private static SettingDefinition Int(string name, int least, string fallback) => new(name, SettingRule.Int(least), fallback, Unserved);
}

using CloudStream.Kafka.Messages;
using CloudStream.Kafka.Tests.Hosting;

namespace CloudStream.Kafka.Tests.ErrorCases;

/// <summary>The settings of topics: their names, types, defaults, and which of many values each of them takes.</summary>
internal static class SettingCases
{
    private const sbyte Boolean = 1, Text = 2, Int = 3, Long = 5, Double = 6, List = 7;
    private const string Integers = "3|4|9|10|17|18|22|23|1048575|1048576|2147483647|+5| 5 ";
    private const string Longs = "3|4|9|10|17|18|22|23|1048575|1048576|2147483647|2147483648|9223372036854775807|+5| 5 ";

    // One of each kind, and what lies on both sides of every bound.
    private static readonly string[] s_values =
    [
        "", " ", "-131073", "-131072", "-3", "-2", "-1", "0", "1", "3", "4", "9", "10", "17", "18", "22", "23", "1048575", "1048576",
        "2147483647", "2147483648", "9223372036854775807", "9223372036854775808", "+5", " 5 ", "1,000", "1e3",
        "0x10", "-0.1", "0.5", "1.1", "NaN", "false", "true", "TRUE", "yes", "delete", "compact", "compact,delete", "compact, delete",
        "delete,delete", "DELETE", "none", "delete,none", "CreateTime", "createtime", "LogAppendTime", "producer",
        "uncompressed", "gzip", "GZIP", "snappy", "lz4", "zstd", "*", "*,0:1", "0:1", "0:1,1:2", "0:x",
    ];

    public const string OneMore = "there is max.decompressed.message.bytes, too";

    public static ErrorCase[] All { get; } = [new ErrorCase("Topic settings: there are", "33", CountAsync).Differs("34", OneMore),
        .. Acting(), .. Unused(), .. Together()];

    private static IEnumerable<ErrorCase> Acting() =>
    [
        .. Setting("cleanup.policy", "delete", List, "| |delete|compact|compact,delete|compact, delete|delete,delete"),
        .. Setting("compression.type", "producer", Text, "producer|uncompressed|gzip|snappy|lz4|zstd"),
        .. Setting("max.message.bytes", "1048588", Int, "0|1|" + Integers),
        .. Setting("message.timestamp.after.max.ms", "3600000", Long, "0|1|" + Longs),
        .. Setting("message.timestamp.before.max.ms", "9223372036854775807", Long, "0|1|" + Longs),
        .. Setting("message.timestamp.type", "CreateTime", Text, "CreateTime|LogAppendTime"),
        .. Setting("retention.bytes", "-1", Long, "-131073|-131072|-3|-2|-1|0|1|" + Longs),
        .. Setting("retention.ms", "604800000", Long, "-1|0|1|" + Longs),
    ];

    private static IEnumerable<ErrorCase> Unused() =>
    [
        .. Setting("compression.gzip.level", "-1", Int, "-1|1|3|4|9|+5| 5 "),
        .. Setting("compression.lz4.level", "9", Int, "1|3|4|9|10|17|+5| 5 "),
        .. Setting("compression.zstd.level", "3", Int, "-131072|-3|-2|-1|0|1|3|4|9|10|17|18|22|+5| 5 "),
        .. Setting("delete.retention.ms", "86400000", Long, "0|1|" + Longs),
        .. Setting("file.delete.delay.ms", "60000", Long, "0|1|" + Longs),
        .. Setting("flush.messages", "9223372036854775807", Long, "1|" + Longs),
        .. Setting("flush.ms", "9223372036854775807", Long, "0|1|" + Longs),
        .. Setting("follower.replication.throttled.replicas", "", List, "| |*|0:1|0:1,1:2"),
        .. Setting("index.interval.bytes", "4096", Int, "0|1|" + Integers),
        .. Setting("leader.replication.throttled.replicas", "", List, "| |*|0:1|0:1,1:2"),
        .. Setting("local.retention.bytes", "-2", Long, "-2|-1|0|1|" + Longs),
        .. Setting("local.retention.ms", "-2", Long, "-2|-1|0|1|" + Longs),
        .. Setting("max.compaction.lag.ms", "9223372036854775807", Long, "1|" + Longs),
        Described("min.cleanable.dirty.ratio", "0.5", Double),
        Takes("min.cleanable.dirty.ratio", "0|1|0.5|NaN").Differs("0|1|0.5", "NaN is no share"),
        .. Setting("min.compaction.lag.ms", "0", Long, "0|1|" + Longs),
        Described("min.insync.replicas", "1", Int, source: 3).Differs(
            "1 3 5 False False", "Apache Kafka sets it for the cluster when that begins"),
        Takes("min.insync.replicas", "1|" + Integers),
        .. Setting("preallocate", "false", Boolean, "false|true|TRUE"),
        .. Setting("remote.log.copy.disable", "false", Boolean, "false|true|TRUE"),
        .. Setting("remote.log.delete.on.disable", "false", Boolean, "false|true|TRUE"),
        .. Setting("remote.storage.enable", "false", Boolean, "false"),
        .. Setting("segment.bytes", "1073741824", Int, "1048576|2147483647"),
        .. Setting("segment.index.bytes", "10485760", Int, "4|9|10|17|18|22|23|1048575|1048576|2147483647|+5| 5 "),
        .. Setting("segment.jitter.ms", "0", Long, "0|1|" + Longs),
        .. Setting("segment.ms", "604800000", Long, "1|" + Longs),
        .. Setting("unclean.leader.election.enable", "false", Boolean, "false|true|TRUE"),
    ];

    private static IEnumerable<ErrorCase> Together() =>
    [
        Pair("min.compaction.lag.ms", "10", "max.compaction.lag.ms", "5", "40"),
        Pair("min.compaction.lag.ms", "5", "max.compaction.lag.ms", "5", "0"),
        Pair("retention.ms", "5", "local.retention.ms", "10", "0"),
        Pair("retention.bytes", "5", "local.retention.bytes", "10", "0"),
        Pair("min.insync.replicas", "5", "retention.ms", "5", "0"),
        Pair("segment.ms", "5", "segment.jitter.ms", "10", "0"),
        Pair("remote.log.copy.disable", "true", "remote.log.delete.on.disable", "true", "0"),
        Pair("cleanup.policy", "compact", "remote.storage.enable", "true", "40"),
    ];

    private static ErrorCase[] Setting(string name, string value, sbyte type, string taken) =>
        [Described(name, value, type), Takes(name, taken)];

    private static ErrorCase Described(string name, string value, sbyte type, int source = 5) =>
        new($"Topic setting {name}: value, type, source, not read-only, not secret", $"{value} {type} {source} False False",
            b => DescribeAsync(b, name));

    private static ErrorCase Takes(string name, string values) => new($"Topic setting {name}: takes", values, b => TakenAsync(b, name));

    private static ErrorCase Pair(string first, string value, string second, string other, string kafka) =>
        new($"Topic settings {first}={value} and {second}={other}", kafka, async b =>
        {
            var request = Ask.CreateTopic(CaseBroker.NewName("topic"), 1, 1, (first, value), (second, other));
            request.ValidateOnly = true;
            return $"{(await b.AskAsync<CreateTopicsResponse>(request, 7)).Topics[0].ErrorCode}";
        });

    private static async Task<string> CountAsync(CaseBroker broker)
    {
        var request = new DescribeConfigsRequest
        {
            Resources = [new() { ResourceType = 2, ResourceName = await broker.TopicAsync(), ConfigurationKeys = null }]
        };
        return $"{(await broker.AskAsync<DescribeConfigsResponse>(request, 4)).Results[0].Configs.Count}";
    }

    private static async Task<string> DescribeAsync(CaseBroker broker, string name)
    {
        var request = new DescribeConfigsRequest
        {
            Resources = [new() { ResourceType = 2, ResourceName = await broker.TopicAsync(), ConfigurationKeys = [name] }]
        };
        var answer = (await broker.AskAsync<DescribeConfigsResponse>(request, 4)).Results[0].Configs[0];
        return $"{answer.Value} {answer.ConfigType} {answer.ConfigSource} {answer.ReadOnly} {answer.IsSensitive}";
    }

    // A topic for each value, none of them made.
    private static async Task<string> TakenAsync(CaseBroker broker, string name)
    {
        var topics = s_values.ToDictionary(static _ => CaseBroker.NewName("topic"), static v => v, StringComparer.Ordinal);
        var request = new CreateTopicsRequest
        {
            ValidateOnly = true,
            Topics = [.. topics.Select(t => Ask.CreateTopic(t.Key, 1, 1, (name, t.Value)).Topics[0])]
        };
        var codes = (await broker.AskAsync<CreateTopicsResponse>(request, 7)).Topics.ToDictionary(
            static t => t.Name, static t => t.ErrorCode, StringComparer.Ordinal);
        Assert.DoesNotContain(codes.Values, static c => c is not (0 or 40));
        return string.Join('|', topics.Where(t => codes[t.Key] == 0).Select(static t => t.Value));
    }
}

using System.Collections.Frozen;

namespace CloudStream.Cluster.Settings;

/// <summary>
/// The settings of topics: every name that Kafka 4.3 knows, with Kafka's types, defaults and ranges, so that programs and tools that set
/// them work. Where nothing here acts on a setting or on one of its values its doc says so, and no promise to clients hangs on it.
/// </summary>
internal static class TopicConfigDefinitions
{
    private const string Forever = "9223372036854775807";
    private const string NoCompaction = "No effect until there is compaction.";
    private const string NoLocalLog = "No effect: brokers keep no log files.";
    private const string NoReplicas = "No effect: the stores keep their own copies, brokers hold none.";
    private const string NoTiers = "No effect: all records lie in the object store, there is no second tier.";
    private const string NeverRecompressed = "No effect: batches are never compressed again.";

    /// <summary>
    /// Compaction is not there yet, and the policy is taken all the same: Kafka promises no moment at which a record that has a successor
    /// goes, so that keeping all of them breaks no promise, while programs that keep their state in such topics could not even start
    /// without it.
    /// </summary>
    public static SettingRule CleanupPolicyRule { get; } = SettingRule.ListOf("compact", "delete");

    /// <summary>Batches are stored as they were sent, whatever is set; readers get the same records.</summary>
    public static SettingRule CompressionTypeRule { get; } = SettingRule.OneOf("uncompressed", "zstd", "lz4", "snappy", "gzip", "producer");

    private static SettingRule GzipLevelRule { get; } = SettingRule.Int(-1, 9).Only(v => v != "0", "1 to 9, or -1", "gzip has no level 0");

    // As a broker of Apache Kafka says for which no second tier was set up.
    private static SettingRule NoTierRule { get; } = SettingRule.Boolean.Only(
        v => v == "false", "false", "there is no second tier, all records lie in the object store");

    private static SettingRule ThrottledReplicasRule { get; } = SettingRule.ListOf(
        "a list of partition:broker, or * alone",
        item => item.Split(':') is [var p, var b] && int.TryParse(p, out _) && int.TryParse(b, out _), all: "*");

    /// <summary>All of them, by name.</summary>
    public static IReadOnlyList<SettingDefinition> All { get; } = [
        .. Acting().Concat(Compaction()).Concat(Files()).Concat(Replicas()).Concat(Tiers()).OrderBy(d => d.Name, StringComparer.Ordinal)];

    /// <summary>The same, to look up.</summary>
    public static FrozenDictionary<string, SettingDefinition> ByName { get; } = All.ToFrozenDictionary(d => d.Name, StringComparer.Ordinal);

    private static IEnumerable<SettingDefinition> Acting() =>
    [
        new(TopicConfigNames.CleanupPolicy, CleanupPolicyRule, "delete",
            "How old records go: delete drops them by age (retention.ms) and size (retention.bytes), compact and an empty list keep all "
                + "(there is no compaction yet)."),
        new(TopicConfigNames.CompressionType, CompressionTypeRule, "producer",
            "Compression of stored batches: as the producer sent them. " + NeverRecompressed),
        new(TopicConfigNames.MaxMessageBytes, SettingRule.Int(0), "1048588",
            "Largest record batch in bytes, compressed as sent. A larger one is refused."),
        new(
            TopicConfigNames.MaxDecompressedBytes,
            SettingRule.Int(1),
            "104857600",
            "Most bytes that the records of one batch decompress to; not in Kafka. A batch that holds more is refused, and where one is "
                + "stored it is not looked into. "
                + "The default is the largest request that could bring it uncompressed."),
        new(TopicConfigNames.MessageTimestampAfterMaxMs, SettingRule.Long(0), "3600000",
            "How far in the future, by the broker's clock, a producer's timestamp may lie, milliseconds. Not checked with LogAppendTime."),
        new(TopicConfigNames.MessageTimestampBeforeMaxMs, SettingRule.Long(0), Forever,
            "How far in the past, by the broker's clock, a producer's timestamp may lie, milliseconds. Not checked with LogAppendTime."),
        new(TopicConfigNames.MessageTimestampType, SettingRule.OneOf("CreateTime", "LogAppendTime"), "CreateTime",
            "Whose clock stamps records: the producer's (CreateTime) or the broker's (LogAppendTime)."),
        new(TopicConfigNames.RetentionBytes, SettingRule.AnyLong, "-1",
            "Bytes that each partition keeps; the oldest go first. Negative for no limit."),
        new(TopicConfigNames.RetentionMs, SettingRule.Long(-1), "604800000",
            "Milliseconds that records are kept, by their timestamps. -1 for ever."),
    ];

    private static IEnumerable<SettingDefinition> Compaction() =>
    [
        new("delete.retention.ms", SettingRule.Long(0), "86400000",
            "Milliseconds that compaction keeps the mark of a deleted key. " + NoCompaction),
        new(TopicConfigNames.MaxCompactionLagMs, SettingRule.Long(1), Forever,
            "Milliseconds after which a record must be compacted. " + NoCompaction),
        new("min.cleanable.dirty.ratio", SettingRule.Double(0, 1), "0.5",
            "Share of uncompacted bytes at which compaction begins. " + NoCompaction),
        new(TopicConfigNames.MinCompactionLagMs, SettingRule.Long(0), "0", "Milliseconds that a record stays uncompacted. " + NoCompaction),
        new("compression.gzip.level", GzipLevelRule, "-1",
            "Level at which the broker compresses with gzip, 1 to 9, or -1 for gzip's own. " + NeverRecompressed),
        new("compression.lz4.level", SettingRule.Int(1, 17), "9", "Level at which the broker compresses with lz4. " + NeverRecompressed),
        new("compression.zstd.level", SettingRule.Int(-131072, 22), "3",
            "Level at which the broker compresses with zstd. " + NeverRecompressed),
    ];

    private static IEnumerable<SettingDefinition> Files() =>
    [
        new("file.delete.delay.ms", SettingRule.Long(0), "60000",
            "Milliseconds between dropping a file and deleting it. No effect: the broker's cloudstream.trash.grace.ms says so for all "
                + "topics."),
        new("flush.messages", SettingRule.Long(1), Forever,
            "Records after which a log is forced to disk. No effect: every acknowledged record is durable."),
        new("flush.ms", SettingRule.Long(0), Forever,
            "Milliseconds after which a log is forced to disk. No effect: every acknowledged record is durable."),
        new("index.interval.bytes", SettingRule.Int(0), "4096", "Bytes between two entries of an offset index. " + NoLocalLog),
        new("preallocate", SettingRule.Boolean, "false", "Whether a new log file takes its whole size at once. " + NoLocalLog),
        new(TopicConfigNames.SegmentBytes, SettingRule.Int(1048576), "1073741824",
            "Size at which a log file is closed. No effect: flush and merge decide the size of segment objects."),
        new("segment.index.bytes", SettingRule.Int(4), "10485760", "Size of a log file's index. " + NoLocalLog),
        new("segment.jitter.ms", SettingRule.Long(0), "0", "Spread of segment.ms. " + NoLocalLog),
        new(TopicConfigNames.SegmentMs, SettingRule.Long(1), "604800000",
            "Milliseconds after which a log file is closed. No effect: segment objects are never open."),
    ];

    private static IEnumerable<SettingDefinition> Replicas() =>
    [
        new("follower.replication.throttled.replicas", ThrottledReplicasRule, "", "Replicas whose fetching is throttled. " + NoReplicas),
        new("leader.replication.throttled.replicas", ThrottledReplicasRule, "", "Replicas whose sending is throttled. " + NoReplicas),
        new(TopicConfigNames.MinInsyncReplicas, SettingRule.Int(1), "1",
            "Replicas that must have a record before it is acknowledged. No effect: an acknowledged record is in the object store."),
        new("unclean.leader.election.enable", SettingRule.Boolean, "false",
            "Whether a leader may be taken that lacks records. No effect: no leader ever lacks a committed record."),
    ];

    private static IEnumerable<SettingDefinition> Tiers() =>
    [
        new("local.retention.bytes", SettingRule.Long(-2), "-2", "Bytes kept on the broker's disks, -2 as retention.bytes. " + NoTiers),
        new("local.retention.ms", SettingRule.Long(-2), "-2",
            "Milliseconds records are kept on the broker's disks, -2 as retention.ms. " + NoTiers),
        new("remote.log.copy.disable", SettingRule.Boolean, "false", "Whether copying to the second tier stops. " + NoTiers),
        new("remote.log.delete.on.disable", SettingRule.Boolean, "false",
            "Whether records go from the second tier when it is switched off. " + NoTiers),
        new("remote.storage.enable", NoTierRule, "false", "Whether old log files move to a second tier. " + NoTiers),
    ];
}

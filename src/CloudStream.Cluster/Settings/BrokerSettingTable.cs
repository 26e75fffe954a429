using System.Globalization;
using CloudStream.Log.Options;

namespace CloudStream.Cluster.Settings;

/// <summary>The table of broker settings.</summary>
internal static class BrokerSettingTable
{
    private const long MaxMs = int.MaxValue;
    private const long MiB = 1024 * 1024;
    private static readonly BrokerOptions s_defaults = new();

    // Those of Kafka's dynamic settings that mean something here, and what of ours is looked up each time.
    private static readonly HashSet<string> s_dynamic = new(StringComparer.Ordinal)
    {
        BrokerSettingNames.MessageMaxBytes, BrokerSettingNames.RetentionMs, BrokerSettingNames.RetentionBytes,
        BrokerSettingNames.CleanupPolicy,
        BrokerSettingNames.TimestampType, BrokerSettingNames.TimestampBeforeMaxMs, BrokerSettingNames.TimestampAfterMaxMs,
        BrokerSettingNames.CompressionType, BrokerSettingNames.MinInsyncReplicas, BrokerSettingNames.SegmentBytes,
        BrokerSettingNames.SegmentMs,
        "cloudstream.flush.interval.ms",
    };

    /// <summary>All of them, Kafka's first.</summary>
    public static IReadOnlyList<BrokerSetting> All { get; } = [.. KafkaNames(), .. GroupNames(), .. FaceNames(),
        .. KafkaNamesWithoutEffect(), .. OwnNames()];

    private static IEnumerable<BrokerSetting> KafkaNames()
    {
        yield return Kept(BrokerSettingNames.AutoCreateTopics, SettingRule.Boolean, "true",
            "Whether producing to, or asking for, an unknown topic creates it.");
        yield return Kept(BrokerSettingNames.NumPartitions, SettingRule.Int(1, TopicLimits.MaxPartitions), "1",
            "Partitions of a topic that is created without a number of them.");
        yield return Kept(BrokerSettingNames.MessageMaxBytes, SettingRule.Int(0), "1048588",
            "Largest record batch in bytes, compressed as sent; topics may set max.message.bytes.");
        yield return Kept(BrokerSettingNames.RetentionMs, SettingRule.Long(-1), "",
            "Milliseconds that records are kept, -1 for ever; goes before log.retention.minutes. Topics may set retention.ms.");
        yield return Kept(BrokerSettingNames.RetentionMinutes, SettingRule.Int(-1), "",
            "Minutes that records are kept, -1 for ever; goes before log.retention.hours.");
        yield return Kept(BrokerSettingNames.RetentionHours, SettingRule.Int(-1), "168", "Hours that records are kept, -1 for ever.");
        yield return Kept(BrokerSettingNames.RetentionBytes, SettingRule.AnyLong, "-1",
            "Bytes that a partition keeps, negative for no limit. Topics may set retention.bytes.");
        yield return Mapped("log.retention.check.interval.ms", SettingRule.Long(1, MaxMs), o => Ms(o.RetentionCheckInterval),
            (o, v) => o.RetentionCheckInterval = Span(v), "Milliseconds between two searches for records that are too old or too many.");
        yield return Kept(BrokerSettingNames.CleanupPolicy, TopicConfigDefinitions.CleanupPolicyRule, "delete",
            "How old records go: delete drops them by age and size, compact and an empty list keep all (there is no compaction yet). "
                + "Topics may set cleanup.policy.");
        yield return Kept(BrokerSettingNames.TimestampType, SettingRule.OneOf("CreateTime", "LogAppendTime"), "CreateTime",
            "Whose clock stamps records: the producer's or the broker's. Topics may set message.timestamp.type.");
        yield return Kept(BrokerSettingNames.TimestampBeforeMaxMs, SettingRule.Long(0), "9223372036854775807",
            "How far in the past a producer's timestamp may lie, milliseconds. Topics may set message.timestamp.before.max.ms.");
        yield return Kept(BrokerSettingNames.TimestampAfterMaxMs, SettingRule.Long(0), "3600000",
            "How far in the future a producer's timestamp may lie, milliseconds. Topics may set message.timestamp.after.max.ms.");
        yield return Kept(BrokerSettingNames.CompressionType, TopicConfigDefinitions.CompressionTypeRule, "producer",
            "No effect: batches are stored as the producer compressed them.");
        yield return Id(BrokerSettingNames.NodeId, "This broker's id, unique among live brokers; -1 picks a free one.");
        yield return Id(BrokerSettingNames.BrokerId, "The former name of node.id.");
        yield return Mapped("producer.id.expiration.ms", SettingRule.Long(1, MaxMs), o => Ms(o.ProducerIdExpiration),
            (o, v) => o.ProducerIdExpiration = Span(v), "Milliseconds after which an idle idempotent producer's sequences are forgotten.");
    }

    private static IEnumerable<BrokerSetting> GroupNames()
    {
        yield return Kept(BrokerSettingNames.GroupInitialRebalanceDelayMs, SettingRule.Int(0), "3000",
            "Milliseconds that the first member of an empty group waits for others, so that members that start together form one "
                + "generation; 0 suits a laptop.");
        yield return Kept(BrokerSettingNames.GroupMinSessionTimeoutMs, SettingRule.Int(1), "6000",
            "Shortest session timeout that a member of a group may ask for, milliseconds.");
        yield return Kept(BrokerSettingNames.GroupMaxSessionTimeoutMs, SettingRule.Int(1), "1800000",
            "Longest session timeout that a member of a group may ask for, milliseconds.");
        yield return Kept(BrokerSettingNames.GroupMaxSize, SettingRule.Int(1), "2147483647",
            "Members that a group may have; 2000 at most, whatever is set, as a group's register must hold them.");
        yield return Kept(BrokerSettingNames.OffsetMetadataMaxBytes, SettingRule.Int(0), "4096",
            "Largest metadata that may be committed with an offset; as in Kafka, in characters of UTF-16.");
        yield return Kept(BrokerSettingNames.OffsetsRetentionMinutes, SettingRule.Int(1), "10080",
            "Minutes that committed offsets are kept after their group lost its last member or, where it never had one, after the commit.");
        yield return Kept(BrokerSettingNames.OffsetsRetentionCheckIntervalMs, SettingRule.Long(1, MaxMs), "600000",
            "Milliseconds between two searches for expired offsets.");
    }

    private static IEnumerable<BrokerSetting> FaceNames()
    {
        yield return Kept(FaceSettingNames.FetchSessions, SettingRule.Int(0), "1000",
            "Incremental fetch sessions of Kafka clients that are kept; clients without one send whole fetch requests.");
        yield return Kept(FaceSettingNames.RequestPartitionSizeLimit, SettingRule.Int(1), "2000",
            "Partitions in one answer to DescribeTopicPartitions; clients ask for the rest with a cursor.");
        yield return Kept(FaceSettingNames.MaxReauthMs, SettingRule.AnyLong, "0",
            "Milliseconds after which a Kafka client that has authenticated does so again or is cut off at its next request; 0 and below: "
                + "never.");
        yield return Kept(FaceSettingNames.MaxConnections, SettingRule.Int(1), "2147483647",
            "Connections of all faces together that may be open; fewer where there are not as many file descriptors. Further ones are "
                + "refused.");
        yield return Kept(
            FaceSettingNames.MaxIdleMs, SettingRule.Long(-1), "600000",
            "Milliseconds after which a connection on which nothing happens is closed, -1: never. "
            + "Where it is set it is about HTTP connections between two requests, too, which are closed after 130 s otherwise.");
        yield return Kept(FaceSettingNames.FailedAuthenticationDelayMs, SettingRule.Int(0, 29_999), "100",
            "Milliseconds by which a failed authentication is answered later, so that guessing takes time; less than the 30 s that a "
                + "client has for it.");
        yield return Kept(FaceSettingNames.SaslMaxReceiveSize, SettingRule.Int(1024, 100 * (int)MiB), "524288",
            "Largest frame in bytes of a Kafka client that has not authenticated.");
    }

    // Accepted because configurations carry them; each says why there is nothing for it to act on.
    private static IEnumerable<BrokerSetting> KafkaNamesWithoutEffect()
    {
        yield return Kept("default.replication.factor", SettingRule.Int(1, short.MaxValue), "1",
            "No effect: the stores keep their own copies, brokers hold none.");
        yield return Kept(BrokerSettingNames.MinInsyncReplicas, SettingRule.Int(1), "1",
            "No effect: an acknowledged record is in the object store, whatever brokers live.");
        yield return Kept(BrokerSettingNames.SegmentBytes, SettingRule.Int(1048576), "1073741824",
            "No effect: a flush makes a segment object, merge makes them large, and retention drops their slices one by one.");
        yield return Kept(BrokerSettingNames.SegmentMs, SettingRule.Long(1), "604800000",
            "No effect: segment objects are never open, so none has to be rolled.");
    }

    private static IEnumerable<BrokerSetting> OwnNames() =>
        [.. OwnNamesOfTransfers(), .. OwnNamesOfWriting(), .. OwnNamesOfReadingAndUpkeep()];

    private static IEnumerable<BrokerSetting> OwnNamesOfTransfers()
    {
        yield return Mapped("cloudstream.receive.bytes", SettingRule.Long(MiB), o => o.MaxReceiveBytes, (o, v) => o.MaxReceiveBytes = v,
            "Bytes that requests of all clients together may hold while they are received; past it connections are not read until it is "
                + "their turn. Requests up to 64 KiB never wait.");
        yield return Kept(FaceSettingNames.ReceiveStallMs, SettingRule.Long(10, MaxMs), "30000",
            "Milliseconds after which a request is given up of which fewer than 64 KiB came, so that it does not hold its memory for "
                + "ever.");
        yield return Mapped("cloudstream.send.bytes", SettingRule.Long(MiB), o => o.MaxSendBytes, (o, v) => o.MaxSendBytes = v,
            "Bytes that answers to all clients together may hold until they are sent; past it fetches wait for their turn.");
    }

    private static IEnumerable<BrokerSetting> OwnNamesOfWriting()
    {
        yield return Mapped("cloudstream.shards", SettingRule.Int(1, 1024), o => o.Shards, (o, v) => o.Shards = (int)v,
            "Shards of a new cluster; fixed at its first start.");
        yield return Kept(
            BrokerSettingNames.CheckRecords,
            SettingRule.Boolean,
            "true",
            "Whether the records in produced batches are checked as Kafka checks them, compressed ones included; false trusts producers "
                + "and saves the time, and consumers stop at what a producer got wrong.");
        yield return Kept(
            BrokerSettingNames.MaxDecompressedBytes,
            SettingRule.Int(1),
            "104857600",
            "Most bytes that the records of one batch decompress to, more is refused; topics may set max.decompressed.message.bytes.");
        yield return Mapped(
            "cloudstream.decode.bytes",
            SettingRule.Long(65536),
            o => o.MaxDecodeBytes,
            (o, v) => o.MaxDecodeBytes = v,
            "Bytes of memory that decompressing on this broker may take at once; past it who wants to wait their turn.");
        yield return Mapped("cloudstream.flush.interval.ms", SettingRule.Long(0, 60_000), o => Ms(o.FlushInterval),
            (o, v) => o.FlushInterval = Span(v),
            "Least milliseconds between two flushes of a shard; the first record after a quiet spell does not wait.");
        yield return Mapped("cloudstream.flush.lone.interval.ms", SettingRule.Long(-1, 60_000),
            o => o.LoneFlushInterval is { } lone ? Ms(lone) : -1, (o, v) => o.LoneFlushInterval = v < 0 ? null : Span(v),
            "The same for flushes of one append each, which follow each other as a lone producer waits for its acknowledgements; -1: 1 ms "
                + "where the flush interval is at most 10 ms, otherwise the flush interval.");
        yield return Mapped("cloudstream.flush.bytes", SettingRule.Int(4096, 256 * (int)MiB), o => o.FlushBytes,
            (o, v) => o.FlushBytes = (int)v, "A flush is sealed early when it holds this many bytes.");
        yield return Mapped("cloudstream.inline.max.bytes", SettingRule.Int(-1, LogOptions.MostInlineBytes), o => o.InlineMaxBytes ?? -1,
            (o, v) => o.InlineMaxBytes = v < 0 ? null : (int)v,
            "A flush of at most so many bytes is written with its commit instead of into an object of its own, until the next checkpoint "
                + "moves it into one; 0: never; -1: what suits the store, on a folder 16384.");
        yield return Mapped("cloudstream.uploads", SettingRule.Int(1, 64), o => o.MaxUploadsInFlight,
            (o, v) => o.MaxUploadsInFlight = (int)v, "Uploads of one shard that may be in flight.");
        yield return Mapped("cloudstream.shard.buffer.bytes", SettingRule.Long(8192), o => o.MaxBufferedBytesPerShard,
            (o, v) => o.MaxBufferedBytesPerShard = v,
            "Bytes a shard may hold between producer and commit, at least twice cloudstream.flush.bytes; past it producers wait.");
        yield return Mapped("cloudstream.buffer.bytes", SettingRule.Long(8192), o => o.MaxBufferedBytes, (o, v) => o.MaxBufferedBytes = v,
            "Bytes all shards may hold between producer and commit, at least cloudstream.shard.buffer.bytes.");
        yield return Mapped("cloudstream.buffer.wait.ms", SettingRule.Long(0, MaxMs), o => Ms(o.MaxBufferWait),
            (o, v) => o.MaxBufferWait = Span(v), "Milliseconds a producer waits for room before it is told to come back later.");
        yield return Mapped("cloudstream.request.timeout.ms", SettingRule.Long(1, MaxMs), o => Ms(o.RequestTimeout),
            (o, v) => o.RequestTimeout = Span(v), "Milliseconds an append may take until its outcome is reported as unknown.");
    }

    private static IEnumerable<BrokerSetting> OwnNamesOfReadingAndUpkeep()
    {
        yield return Mapped("cloudstream.tail.bytes", SettingRule.Long(0), o => o.TailMemoryBytes, (o, v) => o.TailMemoryBytes = v,
            "Bytes of recent flushes kept in memory for readers at the end of the log.");
        yield return Mapped("cloudstream.cache.bytes", SettingRule.Long(0), o => o.CacheBytes, (o, v) => o.CacheBytes = v,
            "Bytes of the cache of what was read from the object store.");
        yield return Mapped("cloudstream.history.reads", SettingRule.Int(1, 1024), o => o.MaxHistoryReads,
            (o, v) => o.MaxHistoryReads = (int)v,
            "Reads of history that may be in flight; readers at the end of the log do not queue behind them.");
        yield return Kept(
            FaceSettingNames.HttpAllowedHosts, WebNames.HostsRule, "",
            "Names, besides addresses, localhost and those that are advertised, by which HTTP requests may call this broker; see HTTP.md.");
        yield return Kept(
            FaceSettingNames.HttpAllowedOrigins, WebNames.OriginsRule, "",
            "Origins whose web pages may use the HTTP API of this broker, which asks nobody who they are; see HTTP.md.");
        yield return Kept(BrokerSettingNames.GroupsLoaded, SettingRule.Int(1, 1_000_000), "10000",
            "Groups that a broker coordinates in memory at once; idle ones make room.");
        yield return Mapped("cloudstream.lease.ms", SettingRule.Long(500, MaxMs), o => Ms(o.Lease), (o, v) => o.Lease = Span(v),
            "Milliseconds a broker must be silent before its shards are taken.");
        yield return Mapped("cloudstream.upkeep.interval.ms", SettingRule.Long(1, MaxMs), o => Ms(o.UpkeepInterval),
            (o, v) => o.UpkeepInterval = Span(v),
            "Milliseconds between two rounds of merge and trash, and of retention where it is due (log.retention.check.interval.ms).");
        yield return Mapped("cloudstream.sweep.interval.ms", SettingRule.Long(1, MaxMs), o => Ms(o.SweepInterval),
            (o, v) => o.SweepInterval = Span(v), "Milliseconds between two searches for orphaned objects.");
        yield return Mapped("cloudstream.trash.grace.ms", SettingRule.Long(0, MaxMs), o => Ms(o.TrashGrace),
            (o, v) => o.TrashGrace = Span(v), "Milliseconds a replaced object stays for readers that still know it.");
    }

    private static BrokerSetting Kept(string name, SettingRule rule, string defaultValue, string doc) =>
        new(new SettingDefinition(name, rule, defaultValue, doc) { IsDynamic = s_dynamic.Contains(name) });

    private static BrokerSetting Mapped(
        string name, SettingRule rule, Func<BrokerOptions, long> present, Action<BrokerOptions, long> option, string doc) =>
            new(
                new SettingDefinition(name, rule, present(s_defaults).ToString(CultureInfo.InvariantCulture), doc)
                {
                    IsDynamic = s_dynamic.Contains(name),
                },
                present,
                option);

    private static BrokerSetting Id(string name, string doc) =>
        Mapped(name, SettingRule.Int(-1), o => o.BrokerId, (o, v) => o.BrokerId = (int)v, doc);

    private static long Ms(TimeSpan span) => (long)span.TotalMilliseconds;

    private static TimeSpan Span(long ms) => TimeSpan.FromMilliseconds(ms);
}

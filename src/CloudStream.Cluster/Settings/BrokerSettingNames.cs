namespace CloudStream.Cluster.Settings;

/// <summary>Names of the broker settings that the engine itself reads.</summary>
internal static class BrokerSettingNames
{
    public const string NodeId = "node.id";
    public const string BrokerId = "broker.id";
    public const string AutoCreateTopics = "auto.create.topics.enable";
    public const string NumPartitions = "num.partitions";
    public const string MessageMaxBytes = "message.max.bytes";
    public const string MaxDecompressedBytes = "max.decompressed.message.bytes";
    public const string CheckRecords = "cloudstream.check.records";
    public const string RetentionMs = "log.retention.ms";
    public const string RetentionMinutes = "log.retention.minutes";
    public const string RetentionHours = "log.retention.hours";
    public const string RetentionBytes = "log.retention.bytes";
    public const string CleanupPolicy = "log.cleanup.policy";
    public const string TimestampType = "log.message.timestamp.type";
    public const string TimestampBeforeMaxMs = "log.message.timestamp.before.max.ms";
    public const string TimestampAfterMaxMs = "log.message.timestamp.after.max.ms";
    public const string SegmentBytes = "log.segment.bytes";
    public const string SegmentMs = "log.roll.ms";
    public const string CompressionType = "compression.type";
    public const string MinInsyncReplicas = "min.insync.replicas";
    public const string GroupInitialRebalanceDelayMs = "group.initial.rebalance.delay.ms";
    public const string GroupMinSessionTimeoutMs = "group.min.session.timeout.ms";
    public const string GroupMaxSessionTimeoutMs = "group.max.session.timeout.ms";
    public const string GroupMaxSize = "group.max.size";
    public const string OffsetMetadataMaxBytes = "offset.metadata.max.bytes";
    public const string OffsetsRetentionMinutes = "offsets.retention.minutes";
    public const string OffsetsRetentionCheckIntervalMs = "offsets.retention.check.interval.ms";
    public const string GroupsLoaded = "cloudstream.groups.loaded";
}

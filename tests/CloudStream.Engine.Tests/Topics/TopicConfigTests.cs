using System.Collections.Immutable;
using CloudStream.Cluster.Settings;
using CloudStream.Cluster.Topics;
using CloudStream.Records;

namespace CloudStream.Engine.Tests.Topics;

public sealed class TopicConfigTests
{
    // What Kafka 4.3's own table of topic settings lists: name, type, default.
    public static TheoryData<string, SettingType, string> Kafka => new()
    {
        { "cleanup.policy", SettingType.List, "delete" },
        { "compression.gzip.level", SettingType.Int, "-1" },
        { "compression.lz4.level", SettingType.Int, "9" },
        { "compression.type", SettingType.String, "producer" },
        { "compression.zstd.level", SettingType.Int, "3" },
        { "delete.retention.ms", SettingType.Long, "86400000" },
        { "file.delete.delay.ms", SettingType.Long, "60000" },
        { "flush.messages", SettingType.Long, "9223372036854775807" },
        { "flush.ms", SettingType.Long, "9223372036854775807" },
        { "follower.replication.throttled.replicas", SettingType.List, "" },
        { "index.interval.bytes", SettingType.Int, "4096" },
        { "leader.replication.throttled.replicas", SettingType.List, "" },
        { "local.retention.bytes", SettingType.Long, "-2" },
        { "local.retention.ms", SettingType.Long, "-2" },
        { "max.compaction.lag.ms", SettingType.Long, "9223372036854775807" },
        { "max.message.bytes", SettingType.Int, "1048588" },
        { "message.timestamp.after.max.ms", SettingType.Long, "3600000" },
        { "message.timestamp.before.max.ms", SettingType.Long, "9223372036854775807" },
        { "message.timestamp.type", SettingType.String, "CreateTime" },
        { "min.cleanable.dirty.ratio", SettingType.Double, "0.5" },
        { "min.compaction.lag.ms", SettingType.Long, "0" },
        { "min.insync.replicas", SettingType.Int, "1" },
        { "preallocate", SettingType.Boolean, "false" },
        { "remote.log.copy.disable", SettingType.Boolean, "false" },
        { "remote.log.delete.on.disable", SettingType.Boolean, "false" },
        { "remote.storage.enable", SettingType.Boolean, "false" },
        { "retention.bytes", SettingType.Long, "-1" },
        { "retention.ms", SettingType.Long, "604800000" },
        { "segment.bytes", SettingType.Int, "1073741824" },
        { "segment.index.bytes", SettingType.Int, "10485760" },
        { "segment.jitter.ms", SettingType.Long, "0" },
        { "segment.ms", SettingType.Long, "604800000" },
        { "unclean.leader.election.enable", SettingType.Boolean, "false" },
    };

    [Theory]
    [MemberData(nameof(Kafka))]
    public void ASettingOfKafkaIsKnownWithItsTypeAndDefault(string name, SettingType type, string defaultValue)
    {
        var definition = TopicConfigDefinitions.ByName[name];
        Assert.Equal((type, defaultValue), (definition.Type, definition.Default));
        Assert.True(definition.TryNormalize(defaultValue, out var normal, out _) && normal == defaultValue);
        Assert.EndsWith(".", definition.Doc, StringComparison.Ordinal);
    }

    [Fact]
    public void OneSettingIsOurOwnAndNoOtherIsKnown() => Assert.Equal(
        ["max.decompressed.message.bytes"],
        TopicConfigDefinitions.All.Select(static d => d.Name).Except(
            Kafka.Select(static row => (string)((ITheoryDataRow)row).GetData()[0]!)));

    // Each as Kafka 4.3 itself decides, but for NaN, which it takes for a share.
    [Theory]
    [InlineData("cleanup.policy", "compact,delete", true)]
    [InlineData("cleanup.policy", "compact", true)]
    [InlineData("compression.type", "zstd", true)]
    [InlineData("compression.type", "brotli", false)]
    [InlineData("cleanup.policy", "", true)]
    [InlineData("cleanup.policy", "delete,delete", true)]
    [InlineData("cleanup.policy", "remove", false)]
    [InlineData("retention.bytes", "-5", true)]
    [InlineData("retention.ms", "-1", true)]
    [InlineData("retention.ms", "-2", false)]
    [InlineData("max.message.bytes", " 5 ", true)]
    [InlineData("max.message.bytes", "5.0", false)]
    [InlineData("preallocate", "TRUE", true)]
    [InlineData("preallocate", "yes", false)]
    [InlineData("leader.replication.throttled.replicas", "*", true)]
    [InlineData("leader.replication.throttled.replicas", "*,0:1", false)]
    [InlineData("remote.storage.enable", "true", false)]
    [InlineData("leader.replication.throttled.replicas", "0:1,1:2", true)]
    [InlineData("leader.replication.throttled.replicas", "0:1,x", false)]
    [InlineData("leader.replication.throttled.replicas", "none", false)]
    [InlineData("compression.gzip.level", "0", false)]
    [InlineData("compression.gzip.level", "-1", true)]
    [InlineData("min.cleanable.dirty.ratio", "1e-1", true)]
    [InlineData("min.cleanable.dirty.ratio", "1.1", false)]
    [InlineData("min.cleanable.dirty.ratio", "NaN", false)]
    [InlineData("segment.bytes", "100", false)]
    [InlineData("message.timestamp.type", "logappendtime", false)]
    public void AValueIsTakenOrRefusedAsKafkaDoes(string name, string value, bool taken) =>
        Assert.Equal(taken, TopicConfigDefinitions.ByName[name].TryNormalize(value, out _, out _));

    [Fact]
    public void WithoutAnySettingTheDefaultsAreKafkas() =>
        Assert.Equal(
            new TopicConfig
            {
                MaxMessageBytes = 1048588,
                MaxDecompressedBytes = 104_857_600,
                RetentionMs = 604_800_000,
                RetentionBytes = -1,
                IsCompacted = false,
                TimestampType = TimestampType.CreateTime,
                TimestampBeforeMaxMs = long.MaxValue,
                TimestampAfterMaxMs = 3_600_000,
            },
            new TopicConfigs(new BrokerOptions()).Of(Topic()));

    [Fact]
    public void TheTopicGoesBeforeTheBrokerAndTheBrokerBeforeTheDefault()
    {
        var options = new BrokerOptions();
        foreach (var (name, value) in new[] { ("log.retention.hours", "1"), ("message.max.bytes", "77"),
            ("log.message.timestamp.type", "LogAppendTime"), ("log.retention.bytes", "9") })
            Assert.True(BrokerSettings.TryApply(options, name, value, out _));
        var config = new TopicConfigs(options).Of(Topic(("max.message.bytes", "88")));
        Assert.Equal((88, 3_600_000L, 9L, TimestampType.LogAppendTime),
            (config.MaxMessageBytes, config.RetentionMs, config.RetentionBytes, config.TimestampType));
    }

    [Theory]
    [InlineData("")]
    [InlineData("compact")]
    public void WithoutTheDeletePolicyEverythingIsKept(string policy)
    {
        var config = new TopicConfigs(new BrokerOptions()).Of(
            Topic(("cleanup.policy", policy), ("retention.ms", "5"), ("retention.bytes", "5")));
        Assert.Equal((-1L, -1L), (config.RetentionMs, config.RetentionBytes));
    }

    [Fact]
    public void WhatWasResolvedIsKeptForTheTopic()
    {
        var (configs, topic) = (new TopicConfigs(new BrokerOptions()), Topic());
        Assert.Same(configs.Of(topic), configs.Of(topic));
    }

    [Fact]
    public void ADescriptionSaysWhatIsInForceAndWhetherAnybodySetIt()
    {
        var options = new BrokerOptions();
        Assert.True(BrokerSettings.TryApply(options, "log.retention.minutes", "1", out _));
        var described = new TopicConfigs(options).Describe(Topic(("segment.ms", "5"))).ToDictionary(e => e.Name);
        Assert.Equal(34, described.Count);
        Assert.Equal(("60000", false), (described["retention.ms"].Value, described["retention.ms"].IsDefault));
        Assert.Equal(("5", false), (described["segment.ms"].Value, described["segment.ms"].IsDefault));
        Assert.Equal(("1048588", true), (described["max.message.bytes"].Value, described["max.message.bytes"].IsDefault));
    }

    private static TopicInfo Topic(params (string Name, string Value)[] config) => new(
        "orders", Guid.Empty, [0], config.ToImmutableSortedDictionary(c => c.Name, c => c.Value, StringComparer.Ordinal));
}

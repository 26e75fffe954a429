using CloudStream.Cluster.Settings;

namespace CloudStream.Engine.Tests.Topics;

public sealed class BrokerSettingsTests
{
    private readonly BrokerOptions _options = new();

    [Fact]
    public void EveryDefaultIsWhatTheBrokerDoesAnyway()
    {
        foreach (var setting in BrokerSettings.All.Where(s => s.Default.Length > 0))
            Assert.True(BrokerSettings.TryApply(_options, setting.Name, setting.Default, out var error), error);
        var untouched = new BrokerOptions();
        foreach (var property in typeof(BrokerOptions).GetProperties().Where(p => p.PropertyType.IsValueType))
            Assert.Equal(property.GetValue(untouched), property.GetValue(_options));
        _options.Validate();
    }

    [Fact]
    public void EveryNameOccursOnceWithADocAndARange()
    {
        Assert.Equal(BrokerSettings.All.Count, BrokerSettings.All.Select(s => s.Name).Distinct().Count());
        Assert.All(BrokerSettings.All, s => Assert.True(s.Doc.EndsWith('.') && s.Range.Length > 0, s.Name));
    }

    [Fact]
    public void ADefaultIsKafkas()
    {
        Assert.True(BrokerSettings.AutoCreateTopics(_options));
        Assert.Equal(1, BrokerSettings.NumPartitions(_options));
        Assert.Equal(1048588, BrokerSettings.MessageMaxBytes(_options));
        Assert.Equal(604_800_000, BrokerSettings.RetentionMs(_options));
    }

    [Fact]
    public void ASettingUnderKafkasNameIsInForce()
    {
        Apply("auto.create.topics.enable", "FALSE");
        Apply("num.partitions", " 6 ");
        Apply("message.max.bytes", "2000000");
        Assert.False(BrokerSettings.AutoCreateTopics(_options));
        Assert.Equal(6, BrokerSettings.NumPartitions(_options));
        Assert.Equal(2_000_000, BrokerSettings.MessageMaxBytes(_options));
    }

    [Fact]
    public void MillisecondsOfRetentionGoBeforeMinutesAndMinutesBeforeHours()
    {
        Apply("log.retention.hours", "2");
        Assert.Equal(7_200_000, BrokerSettings.RetentionMs(_options));
        Apply("log.retention.minutes", "3");
        Assert.Equal(180_000, BrokerSettings.RetentionMs(_options));
        Apply("log.retention.ms", "45");
        Assert.Equal(45, BrokerSettings.RetentionMs(_options));
    }

    [Fact]
    public void RetentionOfMinusOneHoursIsForEver()
    {
        Apply("log.retention.hours", "-1");
        Assert.Equal(-1, BrokerSettings.RetentionMs(_options));
    }

    [Theory]
    [InlineData("cloudstream.shards", "16")]
    [InlineData("cloudstream.flush.bytes", "65536")]
    [InlineData("cloudstream.cache.bytes", "1")]
    [InlineData("cloudstream.tail.bytes", "2")]
    [InlineData("cloudstream.lease.ms", "700")]
    [InlineData("cloudstream.trash.grace.ms", "3")]
    [InlineData("cloudstream.sweep.interval.ms", "4")]
    [InlineData("cloudstream.buffer.bytes", "999999999")]
    [InlineData("cloudstream.upkeep.interval.ms", "5")]
    [InlineData("log.retention.check.interval.ms", "6")]
    [InlineData("cloudstream.flush.interval.ms", "250")]
    [InlineData("cloudstream.uploads", "7")]
    [InlineData("cloudstream.shard.buffer.bytes", "33554432")]
    [InlineData("cloudstream.buffer.wait.ms", "8")]
    [InlineData("cloudstream.request.timeout.ms", "9")]
    [InlineData("cloudstream.history.reads", "10")]
    [InlineData("producer.id.expiration.ms", "11")]
    [InlineData("node.id", "12")]
    public void AnOwnSettingChangesExactlyOneOption(string name, string value)
    {
        Apply(name, value);
        Assert.Empty(_options.Settings);
        var untouched = new BrokerOptions();
        var changed = typeof(BrokerOptions).GetProperties().Where(
            p => p.PropertyType.IsValueType && !Equals(p.GetValue(untouched), p.GetValue(_options))).ToArray();
        var now = Assert.Single(changed).GetValue(_options);
        Assert.Equal(value, now is TimeSpan span ? $"{span.TotalMilliseconds}" : $"{now}");
    }

    [Theory]
    [InlineData("num.partition", "there is no setting num.partition; did you mean num.partitions?")]
    [InlineData("retention.ms", "there is no setting retention.ms; did you mean log.retention.ms?")]
    [InlineData("cloudstream.flush.byte", "there is no setting cloudstream.flush.byte; did you mean cloudstream.flush.bytes?")]
    [InlineData("zookeeper.connect", "there is no setting zookeeper.connect")]
    public void AnUnknownNameIsRefusedWithNearOnes(string name, string expected)
    {
        Assert.False(BrokerSettings.TryApply(_options, name, "1", out var error));
        Assert.StartsWith(expected, error, StringComparison.Ordinal);
        Assert.Empty(_options.Settings);
    }

    [Theory]
    [InlineData("num.partitions", "0", "num.partitions is '0'; it must be 1 to 10000.")]
    [InlineData("num.partitions", "many", "num.partitions is 'many'; it must be 1 to 10000.")]
    [InlineData("message.max.bytes", "-1", "message.max.bytes is '-1'; it must be 0 to 2147483647.")]
    [InlineData("message.max.bytes", "2147483648", "message.max.bytes is '2147483648'; it must be 0 to 2147483647.")]
    [InlineData("auto.create.topics.enable", "yes", "auto.create.topics.enable is 'yes'; it must be true or false.")]
    [InlineData("log.cleanup.policy", "shrink", "log.cleanup.policy is 'shrink'; it must be a list of: compact, delete.")]
    [InlineData("cloudstream.lease.ms", "499", "cloudstream.lease.ms is '499'; it must be 500 to 2147483647.")]
    public void ABadValueIsRefusedWithWhatAndWhereAndTheLimit(string name, string value, string expected)
    {
        Assert.False(BrokerSettings.TryApply(_options, name, value, out var error));
        Assert.Equal(expected, error);
        Assert.Empty(_options.Settings);
    }

    private void Apply(string name, string value) => Assert.True(BrokerSettings.TryApply(_options, name, value, out var error), error);
}

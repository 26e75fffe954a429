using System.Collections.Immutable;
using CloudStream.Cluster;
using CloudStream.Cluster.Brokers;
using CloudStream.Cluster.Formation;
using CloudStream.Cluster.Producers;
using CloudStream.Cluster.Topics;
using CloudStream.Storage;
using CloudStream.Storage.Metadata;

namespace CloudStream.Engine.Tests.Cluster;

/// <summary>Golden bytes: what docs/FORMATS.md says of the small registers.</summary>
public sealed class RegisterBytesTests
{
    private const string Cluster = "4353434C" + "04" + "16" + "4D6B5533324F6F50517A75794C4B5A58567A57663141" + "04" + "01"
        + "8008";
    private const string ProducerIdBlock = "43535049" + "01" + "D00F";
    private const string Broker = "43534252" + "01" + "05" + "372E616263" + "00" + "AC02" + "01" + "04" + "68747470" + "08"
        + "683A3830303030" + "31";
    private const string Topic =
        "43535450" + "01" + "00112233445566778899AABBCCDDEEFF" + "01" + "02" + "03" + "030081" + "01" + "01" + "0C"
            + "726574656E74696F6E2E6D73" + "02" + "2D31";

    private static readonly BrokerRegister s_broker = new(
        "7.abc", HasLeft: false, 300,
        ImmutableSortedDictionary<string, string>.Empty.WithComparers(StringComparer.Ordinal).Add("http", "h:800001"));

    private static readonly TopicRegister s_topic = new(
        new Guid("00112233-4455-6677-8899-aabbccddeeff"), TopicStage.Creating, 2, [3, 0, 129],
        ImmutableSortedDictionary.Create<string, string>(StringComparer.Ordinal).Add("retention.ms", "-1"));

    [Fact]
    public void TheClusterRegisterIsTheseBytes()
    {
        var register = ClusterRegister.Found("MkU32OoPQzuyLKZXVzWf1A", 4);
        Assert.Equal("324537d8ea0f433b", register.Tag);
        Assert.Equal(Cluster, Convert.ToHexString(register.Encode().Span));
        Assert.Equal(register, ClusterRegister.Decode(Convert.FromHexString(Cluster)));
    }

    [Theory]
    [InlineData("01")]
    [InlineData("02")]
    [InlineData("03")]
    public void AClusterRegisterOfAnEarlierVersionIsRefusedInPlainWords(string format)
    {
        var earlier = Convert.FromHexString("4353434C" + format + "16" + "4D6B5533324F6F50517A75794C4B5A58567A57663141" + "04");
        var refused = Assert.Throws<StoreException>(() => ClusterRegister.Decode(earlier));
        Assert.Equal(StoreErrorKind.Refused, refused.Kind);
        Assert.StartsWith("what lies here was written by an earlier version of CloudStream", refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("03")]
    [InlineData("07")]
    [InlineData("8010")]
    public void AClusterRegisterWithARingThatThereCannotBeIsCorrupt(string slots) =>
        Assert.Equal(StoreErrorKind.Corrupt,
            Assert.Throws<StoreException>(() => ClusterRegister.Decode(Convert.FromHexString(Cluster[..^4] + slots))).Kind);

    [Fact]
    public void TheMarkOfAClusterIsTheseBytes()
    {
        const string Mark = "4353434F" + "01" + "16" + "4D6B5533324F6F50517A75794C4B5A58567A57663141";
        Assert.Equal(Mark, Convert.ToHexString(ClusterMark.Encode("MkU32OoPQzuyLKZXVzWf1A").Span));
        Assert.Equal("MkU32OoPQzuyLKZXVzWf1A", ClusterMark.Decode(Convert.FromHexString(Mark)));
    }

    [Fact]
    public void TheProducerIdRegisterIsTheseBytes()
    {
        Assert.Equal(ProducerIdBlock, Convert.ToHexString(ProducerIds.Encode(2000).Span));
        Assert.Equal(2000, ProducerIds.Decode(Convert.FromHexString(ProducerIdBlock)));
    }

    [Fact]
    public void ABrokerRegisterIsTheseBytes()
    {
        Assert.Equal(Broker, Convert.ToHexString(s_broker.Encode().Span));
        var decoded = BrokerRegister.Decode(new Register("brokers/7", Convert.FromHexString(Broker), 1, default));
        Assert.Equal(("7.abc", false, 300L, "h:800001"), (decoded.Incarnation, decoded.HasLeft, decoded.Beat, decoded.Endpoints["http"]));
    }

    [Fact]
    public void ATopicRegisterIsTheseBytes()
    {
        Assert.Equal(Topic, Convert.ToHexString(s_topic.Encode().Span));
        var decoded = TopicRegister.Decode(Convert.FromHexString(Topic), "topics/a");
        Assert.Equal((s_topic.Id, TopicStage.Creating, 2, "-1"),
            (decoded.Id, decoded.Stage, decoded.ReadyPartitions, decoded.Config["retention.ms"]));
        Assert.Equal([3, 0, 129], decoded.Shards);
    }

    [Theory]
    [InlineData(Cluster)]
    [InlineData(ProducerIdBlock)]
    [InlineData(Broker)]
    [InlineData(Topic)]
    public void ACutOffRegisterIsCorruptAtEveryLength(string golden)
    {
        var bytes = Convert.FromHexString(golden);
        for (var length = 0; length < bytes.Length; length++)
            Assert.Equal(StoreErrorKind.Corrupt, Assert.Throws<StoreException>(() => Decode(golden, bytes[..length])).Kind);
        Assert.Equal(StoreErrorKind.Corrupt, Assert.Throws<StoreException>(() => Decode(golden, [.. bytes, 0])).Kind);
    }

    [Theory]
    [InlineData(Cluster)]
    [InlineData(ProducerIdBlock)]
    [InlineData(Broker)]
    [InlineData(Topic)]
    public void ANewerFormatIsRefusedAndAnotherMagicIsCorrupt(string golden)
    {
        var bytes = Convert.FromHexString(golden);
        bytes[4] = 5;
        Assert.Equal(StoreErrorKind.Refused, Assert.Throws<StoreException>(() => Decode(golden, bytes)).Kind);
        bytes[0] = 0;
        Assert.Equal(StoreErrorKind.Corrupt, Assert.Throws<StoreException>(() => Decode(golden, bytes)).Kind);
    }

    [Fact]
    public void ATopicRegisterThatContradictsItselfIsCorrupt()
    {
        var stage = Convert.FromHexString(Topic);
        stage[21] = 9;
        Assert.Throws<StoreException>(() => TopicRegister.Decode(stage, "topics/a"));
        var ready = Convert.FromHexString(Topic);
        ready[22] = 4;
        Assert.Throws<StoreException>(() => TopicRegister.Decode(ready, "topics/a"));
    }

    private static object Decode(string golden, byte[] bytes) => golden switch
    {
        Cluster => ClusterRegister.Decode(bytes),
        ProducerIdBlock => ProducerIds.Decode(bytes),
        Broker => BrokerRegister.Decode(new Register("brokers/7", bytes, 1, default)),
        _ => TopicRegister.Decode(bytes, "topics/a"),
    };
}

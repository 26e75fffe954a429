using CloudStream.Kafka.Messages;

namespace CloudStream.Kafka.Tests.Wire;

/// <summary>The list of APIs that is made from the descriptions.</summary>
public sealed class KafkaApisTests
{
    [Theory]
    [InlineData(0, "Produce", 3, 13, 9)]
    [InlineData(1, "Fetch", 4, 18, 12)]
    [InlineData(3, "Metadata", 0, 13, 9)]
    [InlineData(17, "SaslHandshake", 0, 1, short.MaxValue)]
    [InlineData(19, "CreateTopics", 0, 7, 5)]
    [InlineData(75, "DescribeTopicPartitions", 0, 0, 0)]
    public void An_API_is_found_by_its_key(short key, string name, short min, short max, short flexible)
    {
        var api = KafkaApis.Find(key)!;
        Assert.Equal((name, min, max, flexible), (api.Name, api.MinVersion, api.MaxVersion, api.FlexibleFrom));
        Assert.Equal((short)api.Key, key);
        Assert.Equal(api.Key, api.NewRequest().Api);
        Assert.Equal(api.Key, api.NewResponse().Api);
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(4)]
    [InlineData(1000)]
    public void A_key_that_no_client_may_use_is_not_found(short key) => Assert.Null(KafkaApis.Find(key));

    [Fact]
    public async Task Versions_and_headers_are_those_of_Kafka()
    {
        var known = (await WireOracle.ApisAsync()).ToDictionary(l => short.Parse(l.Split(' ')[0]));
        foreach (var api in KafkaApis.All)
        {
            var words = known[(short)api.Key].Split(' ');
            short[] versions = [.. words[2].Split('-').Select(short.Parse)];
            Assert.Equal((api.Name, api.MaxVersion), (words[1], versions[1]));
            Assert.True(api.MinVersion <= versions[0], api.Name);
            var mine = Enumerable.Range(versions[0], versions[1] - versions[0] + 1).Select(v => (short)v).ToArray();
            Assert.Equal(words[4], string.Concat(mine.Select(api.RequestHeaderVersion)));
            Assert.Equal(words[6], string.Concat(mine.Select(api.ResponseHeaderVersion)));
        }
    }
}

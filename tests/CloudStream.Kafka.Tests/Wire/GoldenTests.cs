using CloudStream.Kafka.Messages;

namespace CloudStream.Kafka.Tests.Wire;

/// <summary>Bytes of every API, kind and version, as Apache Kafka writes them.</summary>
public sealed class GoldenTests
{
    [Fact]
    public void Every_version_that_Kafka_knows_has_golden_bytes() =>
        Assert.Equal(
            WireCase.All().Where(c => WireOracle.Knows(c.Api, c.Version)).Select(c => $"{c.Api.Name} {c.IsRequest} {c.Version}").Order(),
            GoldenMessages.All.Select(g => $"{g.Message.Api.Name} {g.Message.IsRequest} {g.Message.Version}").Order());

    [Fact]
    public void Golden_bytes_have_the_fields_that_Kafka_sees_in_them()
    {
        foreach (var golden in GoldenMessages.All)
            Assert.Null(MessageJson.Difference(golden.Message.Read(), golden.Json, golden.Message.ToString()));
    }

    [Fact]
    public void Golden_bytes_are_written_as_they_were_read()
    {
        foreach (var golden in GoldenMessages.All)
            Assert.Equal(golden.Message.Hex, WireCase.Write(golden.Message.Read(), golden.Message.Version));
    }

    [Fact]
    public void The_comparison_with_JSON_sees_a_field_that_differs()
    {
        var golden = GoldenMessages.All.First(g => g.Message is { Api.Key: ApiKey.Heartbeat, IsRequest: true });
        var message = (HeartbeatRequest)golden.Message.Read();
        message.GenerationId++;
        Assert.Contains(".generationId", MessageJson.Difference(message, golden.Json));
    }

    // Apache Kafka 4.3 has forgotten these versions; old clients have not (KIP-896).
    [Theory]
    [InlineData(0, "000000010001740000000300010000000000000000000003e8", 3)]
    [InlineData(1, "000000010001740000000300010000000000000000000003e801", 3)]
    public void CreateTopics_of_old_clients_is_read_and_written(short version, string hex, int partitions)
    {
        var golden = new WireCase(KafkaApis.Get(ApiKey.CreateTopics), true, version, hex);
        var request = (CreateTopicsRequest)golden.Read();
        var topic = Assert.Single(request.Topics);
        Assert.Equal(("t", partitions, (short)1, 1000, version == 1),
            (topic.Name, topic.NumPartitions, topic.ReplicationFactor, request.TimeoutMs, request.ValidateOnly));
        Assert.Equal(hex, WireCase.Write(request, version));
    }

    [Theory]
    [InlineData(0, "00000001000174" + "0024")]
    [InlineData(1, "00000001000174" + "0024" + "00026f68")]
    [InlineData(2, "00000007" + "00000001000174" + "0024" + "00026f68")]
    public void CreateTopics_answers_old_clients_without_what_they_do_not_know(short version, string hex)
    {
        var response = new CreateTopicsResponse
        {
            ThrottleTimeMs = 7,
            Topics = [new() { Name = "t", ErrorCode = 36, ErrorMessage = "oh" }]
        };
        Assert.Equal(hex, WireCase.Write(response, version));
    }

    [Fact]
    public void DeleteTopics_of_old_clients_is_read_and_answered()
    {
        var request = (DeleteTopicsRequest)new WireCase(KafkaApis.Get(ApiKey.DeleteTopics), true, 0, "00000001000174000003e8").Read();
        Assert.Equal(("t", 1000), (Assert.Single(request.TopicNames), request.TimeoutMs));
        Assert.Equal("000000010001740003",
            WireCase.Write(new DeleteTopicsResponse { ThrottleTimeMs = 7, Responses = [new() { Name = "t", ErrorCode = 3 }] }, 0));
    }
}

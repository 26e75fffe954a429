using CloudStream.Kafka.Messages;
using CloudStream.Kafka.Tests.Hosting;
using CloudStream.Records;

namespace CloudStream.Kafka.Tests.Offsets;

public sealed class OffsetsTests(KafkaFixture kafka) : IClassFixture<KafkaFixture>
{
    [Theory]
    [InlineData(1, -1, 0, 3)]
    [InlineData(1, -2, 0, 1)]
    [InlineData(6, -3, 35, -1)]
    [InlineData(7, -3, 0, 1)]
    [InlineData(7, -4, 35, -1)]
    [InlineData(8, -4, 0, 1)]
    [InlineData(9, -5, 0, -1)]
    [InlineData(10, -6, 35, -1)]
    [InlineData(11, -6, 0, -1)]
    [InlineData(11, -7, 35, -1)]
    [InlineData(1, 0, 0, 1)]
    [InlineData(1, long.MaxValue, 0, -1)]
    public async Task Each_place_in_a_log_has_its_number_from_some_version_on(short version, long timestamp, short error, long offset)
    {
        using var client = await kafka.ConnectAsync();
        var topic = await kafka.NewTopicAsync(client);
        await client.AskAsync<ProduceResponse>(Ask.Produce(topic, 0, Ask.Batch("a")), 7);
        await client.AskAsync<ProduceResponse>(Ask.Produce(topic, 0, Ask.Batch("b", "c")), 7);
        Assert.Equal(1, (await DeleteAsync(client, topic, 1)).LowWatermark);

        var answer = await ListAsync(client, topic, timestamp, version);
        Assert.Equal((error, offset), (answer.ErrorCode, answer.Offset));
    }

    [Fact]
    public async Task A_partition_that_is_asked_for_twice_or_is_not_there_is_refused()
    {
        using var client = await kafka.ConnectAsync();
        var topic = await kafka.NewTopicAsync(client);
        var request = new ListOffsetsRequest
        {
            Topics = [new()
            {
                Name = topic,
                Partitions = [new() { PartitionIndex = 0, Timestamp = -1 }, new() { PartitionIndex = 0, Timestamp = -2 },
                    new() { PartitionIndex = 5, Timestamp = -1 }]
            }],
        };
        Assert.Equal([(short)42, (short)3],
            (await client.AskAsync<ListOffsetsResponse>(request, 5)).Topics[0].Partitions.Select(p => p.ErrorCode));
    }

    [Fact]
    public async Task Records_are_deleted_up_to_an_offset_or_to_the_end()
    {
        using var client = await kafka.ConnectAsync();
        var topic = await kafka.NewTopicAsync(client);
        await client.AskAsync<ProduceResponse>(Ask.Produce(topic, 0, Ask.Batch("a", "b", "c")), 7);
        Assert.Equal((0, 2L), Outcome(await DeleteAsync(client, topic, 2)));
        Assert.Equal((0, 2L), Outcome(await DeleteAsync(client, topic, 1)));
        Assert.Equal((1, -1L), Outcome(await DeleteAsync(client, topic, 4)));
        Assert.Equal((1, -1L), Outcome(await DeleteAsync(client, topic, -2)));
        Assert.Equal((0, 3L), Outcome(await DeleteAsync(client, topic, -1)));
        Assert.Equal((3, -1L), Outcome(await DeleteAsync(client, "unknown", -1)));

        static (int Error, long Low) Outcome(DeleteRecordsResponse.DeleteRecordsPartitionResult result) =>
            (result.ErrorCode, result.LowWatermark);
    }

    [Fact]
    public async Task The_end_of_the_present_leader_epoch_is_the_end_of_the_log_and_later_ones_have_none()
    {
        using var client = await kafka.ConnectAsync();
        var topic = await kafka.NewTopicAsync(client);
        await client.AskAsync<ProduceResponse>(Ask.Produce(topic, 0, Ask.Batch("a", "b")), 7);
        Assert.Equal(0, (await ListAsync(client, topic, -1, 4)).LeaderEpoch);
        Assert.Equal((0, 0, 2L), await EndAsync(0));
        Assert.Equal((0, -1, -1L), await EndAsync(-1));
        Assert.Equal((0, -1, -1L), await EndAsync(1));

        async Task<(int Error, int Epoch, long End)> EndAsync(int wanted)
        {
            var answer = await client.AskAsync<OffsetForLeaderEpochResponse>(
                new OffsetForLeaderEpochRequest
                {
                    Topics = [new()
                    {
                        Topic = topic,
                        Partitions = [new() { Partition = 0, CurrentLeaderEpoch = 0, LeaderEpoch = wanted }]
                    }]
                }, 3);
            var end = answer.Topics[0].Partitions[0];
            return (end.ErrorCode, end.LeaderEpoch, end.EndOffset);
        }
    }

    [Fact]
    public async Task Producers_of_a_partition_are_told()
    {
        using var client = await kafka.ConnectAsync();
        var topic = await kafka.NewTopicAsync(client);
        await client.AskAsync<ProduceResponse>(
            Ask.Produce(topic, 0, Ask.Batch(new RecordBatchOptions { ProducerId = 7, ProducerEpoch = 2, BaseSequence = 0 }, "a", "b")), 7);
        var answer = await client.AskAsync<DescribeProducersResponse>(
            new DescribeProducersRequest { Topics = [new() { Name = topic, PartitionIndexes = [0, 4] }] }, 0);
        var producer = Assert.Single(answer.Topics[0].Partitions[0].ActiveProducers);
        Assert.Equal((7L, 2, 1), (producer.ProducerId, producer.ProducerEpoch, producer.LastSequence));
        Assert.Equal(3, answer.Topics[0].Partitions[1].ErrorCode);
    }

    private static async Task<ListOffsetsResponse.ListOffsetsPartitionResponse> ListAsync(
        WireClient client, string topic, long timestamp, short version) =>
            (await client.AskAsync<ListOffsetsResponse>(
                new ListOffsetsRequest
                {
                    Topics = [new() { Name = topic, Partitions = [new() { PartitionIndex = 0, Timestamp = timestamp }] }]
                }, version)).Topics[0].Partitions[0];

    private static async Task<DeleteRecordsResponse.DeleteRecordsPartitionResult> DeleteAsync(
        WireClient client, string topic, long offset) =>
            (await client.AskAsync<DeleteRecordsResponse>(
                new DeleteRecordsRequest
                {
                    Topics = [new() { Name = topic, Partitions = [new() { PartitionIndex = 0, Offset = offset }] }]
                }, 1)).Topics[0].Partitions[0];
}

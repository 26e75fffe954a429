using CloudStream.Kafka.Messages;
using CloudStream.Kafka.Tests.Hosting;
using CloudStream.Records;

namespace CloudStream.Kafka.Tests.Fetch;

public sealed class FetchTests(KafkaFixture kafka) : IClassFixture<KafkaFixture>
{
    [Theory]
    [InlineData(4)]
    [InlineData(11)]
    [InlineData(12)]
    public async Task A_fetch_returns_records_and_frontiers(short version)
    {
        using var client = await kafka.ConnectAsync();
        var topic = await kafka.NewTopicAsync(client);
        await client.AskAsync<ProduceResponse>(Ask.Produce(topic, 0, Ask.Batch("a", "b")), 7);
        var answer = (await client.AskAsync<FetchResponse>(Ask.Fetch(topic, 0, 0), version)).Responses[0].Partitions[0];
        Assert.Equal((0, 2L, 2L), (answer.ErrorCode, answer.HighWatermark, answer.LastStableOffset));
        Assert.Equal(["a", "b"], Ask.Values(answer));
        Assert.Null(answer.AbortedTransactions);
    }

    [Fact]
    public async Task A_reader_of_committed_transactions_is_told_of_no_aborted_ones()
    {
        using var client = await kafka.ConnectAsync();
        var topic = await kafka.NewTopicAsync(client);
        var request = Ask.Fetch(topic, 0, 0);
        request.IsolationLevel = 1;
        Assert.Empty((await client.AskAsync<FetchResponse>(request, 11)).Responses[0].Partitions[0].AbortedTransactions!);
    }

    [Fact]
    public async Task Batches_carry_their_offsets_and_the_leader_epoch_of_the_metadata()
    {
        using var client = await kafka.ConnectAsync();
        var topic = await kafka.NewTopicAsync(client);
        await client.AskAsync<ProduceResponse>(Ask.Produce(topic, 0, Ask.Batch("a")), 7);
        await client.AskAsync<ProduceResponse>(Ask.Produce(topic, 0, Ask.Batch("b")), 7);
        var epoch = (await client.AskAsync<MetadataResponse>(
            new MetadataRequest { Topics = [new() { Name = topic }] }, 9)).Topics[0].Partitions[0].LeaderEpoch;
        var records = (await client.AskAsync<FetchResponse>(Ask.Fetch(topic, 0, 1), 11)).Responses[0].Partitions[0].Records!;
        var header = new RecordBatchHeader(records[0].Span);
        Assert.Equal((1L, epoch), (header.BaseOffset, header.PartitionLeaderEpoch));
    }

    [Fact]
    public async Task The_minimum_counts_over_all_partitions_together()
    {
        using var client = await kafka.ConnectAsync();
        var topic = await kafka.NewTopicAsync(client, partitions: 3);
        var batch = Ask.Batch(new string('x', 1000));
        var request = Ask.Fetch(topic, 0, 0, maxWaitMs: 20_000, minBytes: 2 * batch.Length);
        request.Topics[0].Partitions.Add(new() { Partition = 1, FetchOffset = 0, PartitionMaxBytes = 100_000 });
        request.Topics[0].Partitions.Add(new() { Partition = 2, FetchOffset = 0, PartitionMaxBytes = 100_000 });
        await client.SendAsync(request, 11);

        using var producer = await kafka.ConnectAsync();
        await producer.AskAsync<ProduceResponse>(Ask.Produce(topic, 0, batch), 7);
        await producer.AskAsync<ProduceResponse>(Ask.Produce(topic, 2, batch), 7);

        var partitions = (await client.ReceiveAsync<FetchResponse>(11)).Response.Responses[0].Partitions;
        Assert.Equal([1, 0, 1], partitions.Select(p => Ask.Values(p).Count));
    }

    [Fact]
    public async Task A_fetch_whose_time_is_up_answers_with_nothing()
    {
        using var client = await kafka.ConnectAsync();
        var topic = await kafka.NewTopicAsync(client);
        var answer = await client.AskAsync<FetchResponse>(Ask.Fetch(topic, 0, 0, maxWaitMs: 20), 11);
        Assert.Equal((0, 0L), (answer.Responses[0].Partitions[0].ErrorCode, answer.Responses[0].Partitions[0].HighWatermark));
        Assert.Empty(answer.Responses[0].Partitions[0].Records!);
    }

    [Fact]
    public async Task The_first_batch_comes_however_large_and_later_ones_only_while_there_is_room()
    {
        using var client = await kafka.ConnectAsync();
        var topic = await kafka.NewTopicAsync(client, partitions: 2);
        var batch = Ask.Batch(new string('x', 10_000));
        foreach (var partition in (int[])[0, 0, 1, 1])
            await client.AskAsync<ProduceResponse>(Ask.Produce(topic, partition, batch), 7);

        Assert.Equal([1, 0], await CountsAsync(maxBytes: 1, partitionMaxBytes: 1));
        Assert.Equal([1, 0], await CountsAsync(maxBytes: 1_000_000, partitionMaxBytes: 1));
        Assert.Equal([1, 1], await CountsAsync(maxBytes: 1_000_000, partitionMaxBytes: batch.Length));
        Assert.Equal([2, 0], await CountsAsync(maxBytes: 2 * batch.Length, partitionMaxBytes: 1_000_000));
        Assert.Equal([2, 1], await CountsAsync(maxBytes: 3 * batch.Length, partitionMaxBytes: 1_000_000));
        Assert.Equal([2, 2], await CountsAsync(maxBytes: 1_000_000, partitionMaxBytes: 1_000_000));

        async Task<IEnumerable<int>> CountsAsync(int maxBytes, int partitionMaxBytes)
        {
            var request = Ask.Fetch(topic, 0, 0, maxBytes: maxBytes, partitionMaxBytes: partitionMaxBytes);
            request.Topics[0].Partitions.Add(new() { Partition = 1, FetchOffset = 0, PartitionMaxBytes = partitionMaxBytes });
            return (await client.AskAsync<FetchResponse>(request, 11)).Responses[0].Partitions.Select(p => Ask.Values(p).Count);
        }
    }

    [Fact]
    public async Task Errors_are_told_at_once_beside_what_is_found()
    {
        using var client = await kafka.ConnectAsync();
        var topic = await kafka.NewTopicAsync(client);
        await client.AskAsync<ProduceResponse>(Ask.Produce(topic, 0, Ask.Batch("a")), 7);
        var request = Ask.Fetch(topic, 0, 0, maxWaitMs: 600_000, minBytes: 1_000_000);
        request.Topics[0].Partitions.Add(new() { Partition = 7, FetchOffset = 0, PartitionMaxBytes = 100 });
        request.Topics.Add(Ask.Part("unknown", 0, 0));
        var answer = await client.AskAsync<FetchResponse>(request, 11);
        Assert.Equal([(short)0, (short)3], answer.Responses[0].Partitions.Select(p => p.ErrorCode));
        Assert.Equal(3, answer.Responses[1].Partitions[0].ErrorCode);
        Assert.Equal(["a"], Ask.Values(answer.Responses[0].Partitions[0]));
    }

    [Theory]
    [InlineData(2)]
    [InlineData(-1)]
    public async Task An_offset_outside_the_log_is_out_of_range(long offset)
    {
        using var client = await kafka.ConnectAsync();
        var topic = await kafka.NewTopicAsync(client);
        await client.AskAsync<ProduceResponse>(Ask.Produce(topic, 0, Ask.Batch("a")), 7);
        var answer = (await client.AskAsync<FetchResponse>(Ask.Fetch(topic, 0, offset, maxWaitMs: 600_000), 11)).Responses[0].Partitions[0];
        Assert.Equal((1, 1L, 0L), (answer.ErrorCode, answer.HighWatermark, answer.LogStartOffset));
    }

    [Fact]
    public async Task A_leader_epoch_that_is_not_yet_is_told_and_none_is_taken()
    {
        using var client = await kafka.ConnectAsync();
        var topic = await kafka.NewTopicAsync(client);
        var epoch = (await client.AskAsync<MetadataResponse>(
            new MetadataRequest { Topics = [new() { Name = topic }] }, 9)).Topics[0].Partitions[0].LeaderEpoch;
        Assert.Equal(0, epoch);
        Assert.Equal(0, await ErrorOfAsync(0));
        Assert.Equal(0, await ErrorOfAsync(-1));
        Assert.Equal(75, await ErrorOfAsync(1));

        async Task<short> ErrorOfAsync(int wanted)
        {
            var request = Ask.Fetch(topic, 0, 0);
            request.Topics[0].Partitions[0].CurrentLeaderEpoch = wanted;
            return (await client.AskAsync<FetchResponse>(request, 12)).Responses[0].Partitions[0].ErrorCode;
        }
    }

    [Fact]
    public async Task Version_13_names_topics_by_id()
    {
        using var client = await kafka.ConnectAsync();
        var topic = await kafka.NewTopicAsync(client);
        await client.AskAsync<ProduceResponse>(Ask.Produce(topic, 0, Ask.Batch("a")), 7);
        var request = Ask.Fetch("", 0, 0);
        request.Topics[0].TopicId = (await kafka.Host.Broker.FindTopicAsync(topic, CancellationToken.None))!.Id;
        Assert.Equal(["a"], Ask.Values((await client.AskAsync<FetchResponse>(request, 17)).Responses[0].Partitions[0]));
        request.Topics[0].TopicId = new Guid("99999999-9999-9999-9999-999999999999");
        Assert.Equal(100, (await client.AskAsync<FetchResponse>(request, 17)).Responses[0].Partitions[0].ErrorCode);
    }
}

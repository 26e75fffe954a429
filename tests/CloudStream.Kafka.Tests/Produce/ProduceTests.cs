using System.Buffers;
using System.Buffers.Binary;
using CloudStream.Kafka.Errors;
using CloudStream.Kafka.Messages;
using CloudStream.Kafka.Tests.Hosting;
using CloudStream.Log.Calls;
using CloudStream.Log.Runtime;
using CloudStream.Records;
using CloudStream.Records.Compression;
using CloudStream.Storage.Faults;
using CloudStream.Storage.Memory;

namespace CloudStream.Kafka.Tests.Produce;

public sealed class ProduceTests(KafkaFixture kafka) : IClassFixture<KafkaFixture>
{
    [Theory]
    [InlineData(3)]
    [InlineData(7)]
    [InlineData(9)]
    [InlineData(12)]
    public async Task Records_get_offsets_from_zero_in_every_version(short version)
    {
        using var client = await kafka.ConnectAsync();
        var topic = await kafka.NewTopicAsync(client);
        Assert.Equal((0, 0L), Outcome(await client.AskAsync<ProduceResponse>(Ask.Produce(topic, 0, Ask.Batch("a", "b")), version)));
        Assert.Equal((0, 2L), Outcome(await client.AskAsync<ProduceResponse>(Ask.Produce(topic, 0, Ask.Batch("c"), acks: 1), version)));
    }

    [Fact]
    public async Task Version_13_names_topics_by_id()
    {
        using var client = await kafka.ConnectAsync();
        var topic = await kafka.NewTopicAsync(client);
        var id = (await kafka.Host.Broker.FindTopicAsync(topic, CancellationToken.None))!.Id;
        var request = Ask.Produce(topic, 0, Ask.Batch("a"));
        request.TopicData[0].TopicId = id;
        Assert.Equal((0, 0L), Outcome(await client.AskAsync<ProduceResponse>(request, 13)));

        request.TopicData[0].TopicId = new Guid("99999999-9999-9999-9999-999999999999");
        Assert.Equal((100, -1L), Outcome(await client.AskAsync<ProduceResponse>(request, 13)));
    }

    [Fact]
    public async Task What_is_asked_by_id_never_lands_in_another_topic_of_that_name()
    {
        var stores = new BrokerStores(new MemoryObjectStore(), new MemoryMetadataStore());
        await using var host = await KafkaHost.StartAsync(stores: stores);
        await using var elsewhere = await KafkaHost.StartAsync(broker: o => o.HoldLeases = false, stores: stores);
        await host.Broker.CreateTopicAsync("t", 1, new Dictionary<string, string>(), CancellationToken.None);
        var old = (await host.Broker.FindTopicAsync("t", CancellationToken.None))!;
        await elsewhere.Broker.DeleteTopicAsync("t", CancellationToken.None);
        var now = (await elsewhere.Broker.CreateTopicAsync("t", 1, new Dictionary<string, string>(), CancellationToken.None)).Topic!.Id;

        // The shard is looked at, the topic remembered: where the name was asked again, the records went into the new topic.
        await host.Broker.DescribePartitionsAsync(old, CancellationToken.None);
        using var client = await host.ConnectAsync();
        var produce = Ask.Produce("t", 0, Ask.Batch("a"));
        produce.TopicData[0].TopicId = old.Id;
        Assert.Equal((100, -1L), Outcome(await client.AskAsync<ProduceResponse>(produce, 13)));
        var fetch = Ask.Fetch("t", 0, 0);
        fetch.Topics[0].TopicId = old.Id;
        Assert.Equal(100, (await client.AskAsync<FetchResponse>(fetch, 13)).Responses[0].Partitions[0].ErrorCode);
        fetch.Topics[0].TopicId = now;
        var found = (await client.AskAsync<FetchResponse>(fetch, 13)).Responses[0].Partitions[0];
        Assert.Equal((0, 0L), (found.ErrorCode, found.HighWatermark));
    }

    [Fact]
    public async Task Nothing_is_answered_to_acks_0_and_the_records_are_there()
    {
        using var client = await kafka.ConnectAsync();
        var topic = await kafka.NewTopicAsync(client);
        await client.SendAsync(Ask.Produce(topic, 0, Ask.Batch("a"), acks: 0), 7);
        var fetched = await client.AskAsync<FetchResponse>(Ask.Fetch(topic, 0, 0, maxWaitMs: 20_000), 11);
        Assert.Equal(["a"], Ask.Values(fetched.Responses[0].Partitions[0]));
    }

    [Fact]
    public async Task A_failed_append_with_acks_0_closes_the_connection()
    {
        using var client = await kafka.ConnectAsync();
        await client.SendAsync(Ask.Produce("nowhere", 0, Ask.Batch("a"), acks: 0), 7);
        Assert.True(await client.IsClosedAsync());
    }

    [Theory]
    [InlineData(2)]
    [InlineData(-2)]
    public async Task Other_acks_are_refused(short acks)
    {
        using var client = await kafka.ConnectAsync();
        var topic = await kafka.NewTopicAsync(client);
        Assert.Equal(((int)KafkaError.InvalidRequiredAcks, -1L),
            Outcome(await client.AskAsync<ProduceResponse>(Ask.Produce(topic, 0, Ask.Batch("a"), acks), 7)));
    }

    [Fact]
    public async Task Unknown_topics_and_partitions_are_refused_and_not_created()
    {
        using var client = await kafka.ConnectAsync();
        var topic = await kafka.NewTopicAsync(client);
        Assert.Equal((3, -1L), Outcome(await client.AskAsync<ProduceResponse>(Ask.Produce("unknown", 0, Ask.Batch("a")), 7)));
        Assert.Equal((3, -1L), Outcome(await client.AskAsync<ProduceResponse>(Ask.Produce(topic, 1, Ask.Batch("a")), 7)));
        Assert.Equal((3, -1L), Outcome(await client.AskAsync<ProduceResponse>(Ask.Produce(topic, -1, Ask.Batch("a")), 7)));
        Assert.Null(await kafka.Host.Broker.FindTopicAsync("unknown", CancellationToken.None));
    }

    [Fact]
    public async Task Transactions_are_refused()
    {
        using var client = await kafka.ConnectAsync();
        var topic = await kafka.NewTopicAsync(client);
        var request = Ask.Produce(topic, 0, Ask.Batch("a"));
        request.TransactionalId = "mine";
        Assert.Equal((53, -1L), Outcome(await client.AskAsync<ProduceResponse>(request, 7)));
        var batch = Ask.Batch(new RecordBatchOptions { IsTransactional = true, ProducerId = 1, ProducerEpoch = 0, BaseSequence = 0 }, "a");
        Assert.Equal((53, -1L), Outcome(await client.AskAsync<ProduceResponse>(Ask.Produce(topic, 0, batch), 7)));
    }

    [Fact]
    public async Task Bad_batches_are_refused_with_their_reasons_and_good_partitions_go_through()
    {
        using var client = await kafka.ConnectAsync();
        var topic = await kafka.NewTopicAsync(client, partitions: 2);
        var good = Ask.Batch("a");
        Assert.Equal((2, -1L), await OneAsync(client, topic, Changed(good, b => b[^1] ^= 1)));
        Assert.Equal((87, -1L), await OneAsync(client, topic, Changed(good, b => b[16] = 1)));
        Assert.Equal((87, -1L), await OneAsync(client, topic, Changed(good, b => BinaryPrimitives.WriteInt64BigEndian(b, 5))));
        Assert.Equal((87, -1L), await OneAsync(client, topic, [.. good, .. good]));
        Assert.Equal((87, -1L), await OneAsync(client, topic, []));
        Assert.Equal((87, -1L), await OneAsync(client, topic, good[..30]));
        Assert.Equal((87, -1L), await OneAsync(client, topic, good[..^1]));
        Assert.Equal((87, -1L), await OneAsync(client, topic,
            Ask.Batch(new RecordBatchOptions { IsControl = true, ProducerId = 1, ProducerEpoch = 0, BaseSequence = 0 }, "a")));
        Assert.Equal((10, -1L), await OneAsync(client, topic, Ask.Batch(new string('x', 1_100_000))));
        Assert.Equal(
            (76, -1L),
            Outcome(await client.AskAsync<ProduceResponse>(
                Ask.Produce(topic, 0, Ask.Batch(new RecordBatchOptions { Compression = CompressionType.Zstd }, "a")), 6)));

        var both = Ask.Produce(topic, 0, Changed(good, b => b[^1] ^= 1));
        both.TopicData[0].PartitionData.Add(new() { Index = 1, Records = new(good) });
        var answer = await client.AskAsync<ProduceResponse>(both, 8);
        Assert.Equal([(short)2, (short)0], answer.Responses[0].PartitionResponses.Select(p => p.ErrorCode));
        Assert.Contains("CRC", answer.Responses[0].PartitionResponses[0].ErrorMessage, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_idempotent_producer_is_told_the_first_offset_of_a_duplicate_and_of_gaps()
    {
        using var client = await kafka.ConnectAsync();
        var topic = await kafka.NewTopicAsync(client);
        var id = (await client.AskAsync<InitProducerIdResponse>(new InitProducerIdRequest { TransactionalId = null }, 4)).ProducerId;

        Assert.Equal((0, 0L), await OneAsync(client, topic, Of(0)));
        Assert.Equal((0, 1L), await OneAsync(client, topic, Of(1)));
        Assert.Equal((0, 0L), await OneAsync(client, topic, Of(0)));
        Assert.Equal((45, -1L), await OneAsync(client, topic, Of(3)));
        Assert.Equal((0, 2L), await OneAsync(client, topic, Of(0, epoch: 1)));
        Assert.Equal((47, -1L), await OneAsync(client, topic, Of(2)));

        byte[] Of(int sequence, short epoch = 0) =>
            Ask.Batch(new RecordBatchOptions { ProducerId = id, ProducerEpoch = epoch, BaseSequence = sequence }, "x");
    }

    [Fact]
    public async Task A_producer_id_without_a_transaction_is_new_each_time_and_with_one_it_is_refused()
    {
        using var client = await kafka.ConnectAsync();
        var first = await client.AskAsync<InitProducerIdResponse>(new InitProducerIdRequest { TransactionalId = null }, 0);
        var second = await client.AskAsync<InitProducerIdResponse>(
            new InitProducerIdRequest { TransactionalId = null, ProducerId = first.ProducerId, ProducerEpoch = 0 }, 5);
        Assert.Equal((0, 0), (first.ErrorCode, second.ErrorCode));
        Assert.NotEqual(first.ProducerId, second.ProducerId);
        Assert.Equal(0, second.ProducerEpoch);
        Assert.Equal(
            53, (await client.AskAsync<InitProducerIdResponse>(new InitProducerIdRequest { TransactionalId = "mine" }, 4)).ErrorCode);
        Assert.Equal(42, (await client.AskAsync<InitProducerIdResponse>(new InitProducerIdRequest { TransactionalId = "" }, 4)).ErrorCode);
    }

    [Fact]
    public async Task A_topic_with_log_append_time_says_the_time()
    {
        using var client = await kafka.ConnectAsync();
        var topic = await kafka.NewTopicAsync(client, config: [("message.timestamp.type", "LogAppendTime")]);
        var answer = await client.AskAsync<ProduceResponse>(Ask.Produce(topic, 0, Ask.Batch("a")), 7);
        Assert.InRange(answer.Responses[0].PartitionResponses[0].LogAppendTimeMs, 1_700_000_000_000, long.MaxValue);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(int.MinValue)]
    public async Task A_timeout_shorter_than_the_flush_is_answered_with_what_happened(int timeoutMs)
    {
        var isHeld = false;
        var (begun, goOn) = (new TaskCompletionSource(), new TaskCompletionSource());
        var objects = new FaultyObjectStore(new MemoryObjectStore(), async (call, _) =>
        {
            if (call.Operation != StoreOperation.Put || !isHeld)
                return StoreFault.None;
            begun.TrySetResult();
            await goOn.Task;
            return StoreFault.None;
        });
        await using var host = await KafkaHost.StartAsync(stores: new BrokerStores(objects, new MemoryMetadataStore()));
        using var client = await host.ConnectAsync();
        Assert.Equal(0, (await client.AskAsync<CreateTopicsResponse>(Ask.CreateTopic("t"), 5)).Topics[0].ErrorCode);
        isHeld = true;
        var answer = client.AskAsync<ProduceResponse>(Ask.Produce("t", 0, Ask.Batch("a"), timeoutMs: timeoutMs), 7);
        await begun.Task;
        for (var began = TimeProvider.System.GetTimestamp(); TimeProvider.System.GetElapsedTime(began).TotalMilliseconds < 50;)
            await Task.Yield(); // Far more than the producer's timeout.

        goOn.SetResult();

        Assert.Equal((0, 0L), Outcome(await answer));
    }

    [Fact]
    public async Task A_defect_in_the_append_to_one_partition_is_that_partitions_alone()
    {
        await using var host = await KafkaHost.StartAsync(wrap: broker => FailingBroker.Wrap(broker, static (call, arguments) =>
            call == "BeginAppendAsync" && arguments[0] is PartitionId { Index: 1 } ? new InvalidOperationException("a defect") : null));
        using var client = await host.ConnectAsync();
        await client.AskAsync<CreateTopicsResponse>(Ask.CreateTopic("t", 3), 5);
        var request = Ask.Produce("t", 0, Ask.Batch("a"));
        foreach (var index in (int[])[1, 2])
            request.TopicData[0].PartitionData.Add(
                new() { Index = index, Records = new ReadOnlySequence<byte>(Ask.Batch("b")) });

        var answers = (await client.AskAsync<ProduceResponse>(request, 7)).Responses[0].PartitionResponses;

        Assert.Equal([(0, 0L), (-1, -1L), (0, 0L)], answers.Select(static a => ((int)a.ErrorCode, a.BaseOffset)));
    }

    private static async Task<(int Error, long Offset)> OneAsync(WireClient client, string topic, byte[] batch) =>
        Outcome(await client.AskAsync<ProduceResponse>(Ask.Produce(topic, 0, batch), 7));

    private static (int Error, long Offset) Outcome(ProduceResponse response) =>
        (response.Responses[0].PartitionResponses[0].ErrorCode, response.Responses[0].PartitionResponses[0].BaseOffset);

    private static byte[] Changed(byte[] batch, Action<byte[]> change)
    {
        var copy = batch.ToArray();
        change(copy);
        return copy;
    }
}

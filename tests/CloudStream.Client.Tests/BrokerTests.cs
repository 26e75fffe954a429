using System.Text;
using CloudStream.Client.Tests.Doubles;
using CloudStream.Records;
using CloudStream.Records.Compression;

namespace CloudStream.Client.Tests;

/// <summary>The SDK against a real broker over HTTP.</summary>
public sealed class BrokerTests(BrokerHost host) : IClassFixture<BrokerHost>
{
    private static readonly CancellationToken Token = TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_is_produced_is_consumed_per_key_and_in_order()
    {
        using var client = host.NewClient();
        var topic = await host.NewTopicAsync(client, 6);
        await using var producer = client.CreateProducer<string?, string?>(new ProducerOptions { BatchBytes = 8 * 1024 });
        for (var i = 0; i < 10_000; i++)
        {
            await producer.EnqueueAsync(
                topic,
                new Message<string?, string?> { Key = $"k{i % 97}", Value = $"{i}", Headers = new Headers { { "h", $"{i}" } } },
                cancellationToken: Token);
        }

        await producer.FlushAsync(Token);

        await using var consumer = client.CreateConsumer<string?, string?>(new ConsumerOptions { StopAtEnd = true });
        await consumer.AssignAsync(topic, Offset.Beginning, Token);
        var perKey = new Dictionary<string, List<int>>();
        await foreach (var result in consumer.ConsumeAsync(Token))
        {
            Assert.Equal(result.Value, result.Headers.GetLastString("h"));
            if (!perKey.TryGetValue(result.Key!, out var values))
                perKey[result.Key!] = values = [];
            values.Add(int.Parse(result.Value!));
        }

        Assert.Equal(97, perKey.Count);
        for (var key = 0; key < 97; key++)
            Assert.Equal(Enumerable.Range(0, 10_000).Where(i => i % 97 == key), perKey[$"k{key}"]);
    }

    [Fact]
    public async Task Delivery_results_tell_the_offsets()
    {
        using var client = host.NewClient();
        var topic = await host.NewTopicAsync(client);
        await using var producer = client.CreateProducer<Null?, string?>();

        var pending = Enumerable.Range(0, 500).Select(
            i => producer.ProduceAsync(topic, new Message<Null?, string?> { Value = $"{i}" }, Token).AsTask());
        var results = await Task.WhenAll(pending);

        Assert.Equal(Enumerable.Range(0, 500).Select(i => (long)i), results.Select(result => result.Offset));
    }

    [Theory]
    [InlineData(CompressionType.None)]
    [InlineData(CompressionType.Gzip)]
    [InlineData(CompressionType.Snappy)]
    [InlineData(CompressionType.Lz4)]
    [InlineData(CompressionType.Zstd)]
    public async Task Every_compression_goes_through(CompressionType compression)
    {
        using var client = host.NewClient();
        var topic = await host.NewTopicAsync(client);
        await using var producer = client.CreateProducer(new ProducerOptions { Compression = compression });
        for (var i = 0; i < 1_000; i++)
            await producer.EnqueueAsync(topic, new ProduceRecord { Key = Encoding.UTF8.GetBytes($"{i}"), Value = new byte[500] },
                cancellationToken: Token);
        await producer.FlushAsync(Token);

        await using var consumer = client.CreateConsumer(new ConsumerOptions { StopAtEnd = true });
        await consumer.AssignAsync(topic, Offset.Beginning, Token);
        var next = 0;
        await foreach (var consumed in consumer.ConsumeRecordsAsync(Token))
        {
            Assert.Equal($"{next++}", Encoding.UTF8.GetString(consumed.Record.Key!.Value.Span));
            Assert.Equal(500, consumed.Record.Value!.Value.Length);
        }

        Assert.Equal(1_000, next);
    }

    [Fact]
    public async Task Reads_from_offsets_times_and_the_end()
    {
        using var client = host.NewClient();
        var topic = await host.NewTopicAsync(client);
        await using var producer = client.CreateProducer<Null?, string?>(new ProducerOptions { Linger = TimeSpan.Zero });
        for (var i = 0; i < 5; i++)
            await producer.ProduceAsync(topic,
                new Message<Null?, string?> { Value = $"{i}", Timestamp = DateTimeOffset.FromUnixTimeMilliseconds(1_000_000 + i) }, Token);

        Assert.Equal(["0", "1", "2", "3", "4"], await ReadAsync(client, topic, Offset.Beginning));
        Assert.Equal(["3", "4"], await ReadAsync(client, topic, 3));
        Assert.Equal(["2", "3", "4"], await ReadAsync(client, topic, Offset.At(DateTimeOffset.FromUnixTimeMilliseconds(1_000_002))));
        Assert.Equal([], await ReadAsync(client, topic, Offset.At(DateTimeOffset.FromUnixTimeMilliseconds(2_000_000))));
        Assert.Equal([], await ReadAsync(client, topic, Offset.End));
        var error = await Assert.ThrowsAsync<ConsumeException>(() => ReadAsync(client, topic, 6));
        Assert.Equal(ErrorCode.OffsetOutOfRange, error.ErrorCode);
        Assert.Equal(5, error.HighWatermark);
    }

    [Fact]
    public async Task Topics_live_their_life()
    {
        using var client = host.NewClient();
        var topic = $"life-{Guid.NewGuid():n}";
        var created = await client.Admin.CreateTopicAsync(topic, 3, new Dictionary<string, string> { ["retention.ms"] = "3600000" }, Token);
        Assert.Equal(3, created.PartitionCount);
        Assert.Equal(ErrorCode.TopicExists,
            (await Assert.ThrowsAsync<CloudStreamException>(() => client.Admin.CreateTopicAsync(topic, 3, null, Token))).ErrorCode);
        Assert.Equal(5, (await client.Admin.AddPartitionsAsync(topic, 5, Token)).PartitionCount);
        await client.Admin.AlterTopicAsync(topic, new Dictionary<string, string?> { ["retention.ms"] = "7200000" }, Token);

        var described = await client.Admin.DescribeTopicAsync(topic, Token);
        Assert.Equal("7200000", described.Config["retention.ms"]);
        Assert.Equal("7200000", described.ConfigEntries.Single(entry => entry.Name == "retention.ms").Value);
        Assert.Equal([0, 1, 2, 3, 4], described.Partitions.Select(partition => partition.Partition));
        Assert.Contains(await client.Admin.ListTopicsAsync(Token), listed => listed.Name == topic);

        await client.Admin.DeleteTopicAsync(topic, Token);
        Assert.Equal(ErrorCode.UnknownTopic,
            (await Assert.ThrowsAsync<CloudStreamException>(() => client.Admin.DescribeTopicAsync(topic, Token))).ErrorCode);
    }

    [Fact]
    public async Task Records_are_deleted_up_to_an_offset()
    {
        using var client = host.NewClient();
        var topic = await host.NewTopicAsync(client);
        await using var producer = client.CreateProducer<Null?, string?>(new ProducerOptions { Linger = TimeSpan.Zero });
        for (var i = 0; i < 5; i++)
            await producer.ProduceAsync(topic, new Message<Null?, string?> { Value = $"{i}" }, Token);
        var partition = new TopicPartition(topic, 0);

        Assert.Equal(3, await client.Admin.DeleteRecordsAsync(partition, 3, Token));
        Assert.Equal(new Client.Admin.Watermarks(3, 5), await client.Admin.GetWatermarksAsync(partition, Token));
        Assert.Equal(["3", "4"], await ReadAsync(client, topic, Offset.Beginning));
        Assert.Equal(5, await client.Admin.DeleteRecordsAsync(partition, Offset.End, Token));
    }

    [Fact]
    public async Task A_topic_is_created_by_the_first_record_for_it()
    {
        using var client = host.NewClient();
        await using var producer = client.CreateProducer<Null?, string?>();

        var result = await producer.ProduceAsync($"auto-{Guid.NewGuid():n}", new Message<Null?, string?> { Value = "a" }, Token);

        Assert.Equal(0, result.Offset);
    }

    [Fact]
    public async Task The_cluster_describes_itself()
    {
        using var client = host.NewClient();

        var cluster = await client.Admin.DescribeClusterAsync(Token);

        Assert.NotEmpty(cluster.ClusterId);
        Assert.True(cluster.IsReady);
    }

    private static async Task<List<string?>> ReadAsync(CloudStreamClient client, string topic, Offset from)
    {
        await using var consumer = client.CreateConsumer<Null?, string?>(new ConsumerOptions { StopAtEnd = true });
        await consumer.AssignAsync(topic, from, Token);
        var values = new List<string?>();
        await foreach (var result in consumer.ConsumeAsync(Token))
            values.Add(result.Value);
        return values;
    }
}

using System.Text;
using CloudStream.Client.Tests.Doubles;
using CloudStream.Records;
using CloudStream.Records.Compression;

namespace CloudStream.Client.Tests.Producing;

public sealed class ProducerBatchingTests
{
    private static readonly CancellationToken Token = TestContext.Current.CancellationToken;

    [Fact]
    public async Task Records_wait_for_company_as_long_as_the_linger_says()
    {
        using var broker = new FakeBroker();
        var log = broker.AddTopic("t", 1)[0];
        var clock = new ManualTime();
        using var client = broker.NewClient(clock);
        await using var producer = client.CreateProducer(new ProducerOptions { Linger = TimeSpan.FromSeconds(10) });

        var first = producer.ProduceAsync("t", Text("a"), Token);
        await clock.TimerIsSetAsync(TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(10));
        clock.Advance(TimeSpan.FromSeconds(9));
        var second = producer.ProduceAsync("t", Text("b"), Token);
        Assert.Empty(broker.AppendSizes);
        clock.Advance(TimeSpan.FromSeconds(1));

        Assert.Equal(0, (await first).Offset);
        Assert.Equal(1, (await second).Offset);
        Assert.Single(log.Batches);
    }

    [Fact]
    public async Task A_full_batch_does_not_wait()
    {
        using var broker = new FakeBroker();
        var log = broker.AddTopic("t", 1)[0];
        using var client = broker.NewClient(new ManualTime());
        await using var producer = client.CreateProducer(new ProducerOptions { Linger = TimeSpan.FromSeconds(10), BatchBytes = 1024 });

        var first = producer.ProduceAsync("t", Text(new string('a', 600)), Token);
        var second = producer.ProduceAsync("t", Text(new string('b', 600)), Token);

        Assert.Equal(0, (await first).Offset);
        Assert.False(second.IsCompleted);
        await producer.FlushAsync(Token);
        Assert.Equal(1, (await second).Offset);
        Assert.Equal(2, log.Batches.Count);
    }

    [Fact]
    public async Task Batches_are_never_larger_than_their_limit()
    {
        using var broker = new FakeBroker { MaxMessageBytes = 3_000 };
        var log = broker.AddTopic("t", 1)[0];
        using var client = broker.NewClient();
        await using var producer = client.CreateProducer(new ProducerOptions { BatchBytes = 4_000 });

        for (var i = 0; i < 1_000; i++)
            await producer.EnqueueAsync("t", Text(new string('x', i % 300)), cancellationToken: Token);
        await producer.FlushAsync(Token);

        Assert.Equal(1_000, log.EndOffset);
        Assert.InRange(broker.AppendSizes.Max(), 2_500, 3_000);
    }

    [Fact]
    public async Task A_full_buffer_makes_producers_wait_until_there_is_room()
    {
        using var broker = new FakeBroker();
        var log = broker.AddTopic("t", 1)[0];
        using var client = broker.NewClient();
        await using var producer = client.CreateProducer(
            new ProducerOptions { BufferBytes = 2_048, BatchBytes = 1_024, Linger = TimeSpan.Zero });
        var slow = Fault.Hold();
        broker.Next("/batches", slow);
        await producer.EnqueueAsync("t", Text(new string('a', 900)), cancellationToken: Token);
        await producer.EnqueueAsync("t", Text(new string('b', 900)), cancellationToken: Token);

        var third = producer.EnqueueAsync("t", Text(new string('c', 900)), cancellationToken: Token).AsTask();
        using var impatient = new CancellationTokenSource();
        var fourth = producer.EnqueueAsync("t", Text(new string('d', 900)), cancellationToken: impatient.Token).AsTask();
        await slow.Arrived.Task.WaitAsync(Token);
        Assert.False(third.IsCompleted);
        await impatient.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => fourth);
        slow.Gate!.SetResult();
        await third;
        await producer.FlushAsync(Token);

        Assert.Equal(["aaa", "bbb", "ccc"], log.Values().Select(value => value[..3]));
    }

    [Fact]
    public async Task Who_waits_for_room_does_not_wait_for_the_linger_of_others()
    {
        using var broker = new FakeBroker();
        var log = broker.AddTopic("t", 2);
        using var client = broker.NewClient(new ManualTime());
        await using var producer = client.CreateProducer(
            new ProducerOptions { BufferBytes = 2_048, BatchBytes = 2_048, Linger = TimeSpan.FromMinutes(1) });

        await producer.EnqueueAsync("t", Text(new string('a', 1_500), 0), cancellationToken: Token);
        await producer.EnqueueAsync("t", Text(new string('b', 1_500), 1), cancellationToken: Token);
        await producer.FlushAsync(Token);

        Assert.Equal(1, log[0].EndOffset);
        Assert.Equal(1, log[1].EndOffset);
    }

    [Fact]
    public async Task A_record_larger_than_the_buffer_is_refused_at_once()
    {
        using var broker = new FakeBroker();
        broker.AddTopic("t", 1);
        using var client = broker.NewClient();
        await using var producer = client.CreateProducer(new ProducerOptions { BufferBytes = 2_048, BatchBytes = 1_024 });

        var error = await Assert.ThrowsAsync<ProduceException>(
            async () => await producer.EnqueueAsync("t", Text(new string('a', 2_049)), cancellationToken: Token));

        Assert.Equal(ErrorCode.MessageTooLarge, error.ErrorCode);
    }

    [Fact]
    public async Task At_most_five_batches_of_a_partition_are_on_their_way()
    {
        using var broker = new FakeBroker();
        var log = broker.AddTopic("t", 1)[0];
        using var client = broker.NewClient();
        await using var producer = client.CreateProducer(new ProducerOptions { BatchBytes = 1_024, Linger = TimeSpan.Zero });
        await producer.ProduceAsync("t", Text("established"), Token);
        var held = Enumerable.Range(0, 6).Select(_ => broker.Next("/batches", Fault.Hold())).ToArray();

        for (var i = 0; i < 8; i++)
            await producer.EnqueueAsync("t", Text(new string((char)('a' + i), 900)), cancellationToken: Token);
        for (var i = 0; i < 5; i++)
            await held[i].Arrived.Task.WaitAsync(Token);
        Assert.False(held[5].Arrived.Task.IsCompleted);
        held[0].Gate!.SetResult();
        await held[5].Arrived.Task.WaitAsync(Token);
        for (var i = 1; i < 6; i++)
            held[i].Gate!.SetResult();
        await producer.FlushAsync(Token);

        Assert.Equal("establisheabcdefgh", string.Concat(log.Values().Select((value, i) => i == 0 ? value[..10] : value[..1])));
    }

    [Fact]
    public async Task Keys_go_where_the_Java_client_puts_them()
    {
        using var broker = new FakeBroker();
        var log = broker.AddTopic("t", 7);
        using var client = broker.NewClient();
        await using var producer = client.CreateProducer<string?, string?>();

        // Utils.toPositive(Utils.murmur2(key)) % 7; the hashes are those of Kafka's own UtilsTest.
        var hashes = new Dictionary<string, int>
        {
            ["21"] = -973932308,
            ["foobar"] = -790332482,
            ["a-little-bit-long-string"] = -985981536,
            ["a-little-bit-longer-string"] = -1486304829,
            ["lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8"] = -58897971,
        };
        foreach (var (key, hash) in hashes)
        {
            var result = await producer.ProduceAsync("t", new Message<string?, string?> { Key = key, Value = key }, Token);
            Assert.Equal((hash & 0x7fffffff) % 7, result.Partition);
        }
    }

    [Fact]
    public async Task Records_without_a_key_fill_one_batch_before_they_go_elsewhere()
    {
        using var broker = new FakeBroker();
        var log = broker.AddTopic("t", 4);
        using var client = broker.NewClient();
        await using var producer = client.CreateProducer(new ProducerOptions { BatchBytes = 10_240, Linger = TimeSpan.FromMinutes(1) });

        for (var i = 0; i < 2_000; i++)
            await producer.EnqueueAsync("t", Text(new string('x', 100)), cancellationToken: Token);
        await producer.FlushAsync(Token);

        Assert.Equal(2_000, log.Sum(partition => partition.EndOffset));
        Assert.All(log, partition => Assert.InRange(partition.EndOffset, 1, 1_200));
        Assert.InRange(log.Sum(partition => partition.Batches.Count), 18, 30);
    }

    [Fact]
    public async Task A_named_partition_wins_and_must_exist()
    {
        using var broker = new FakeBroker();
        broker.AddTopic("t", 3);
        using var client = broker.NewClient();
        await using var producer = client.CreateProducer<string?, string?>();

        var result = await producer.ProduceAsync(
            new TopicPartition("t", 2), new Message<string?, string?> { Key = "21", Value = "a" }, Token);
        var error = await Assert.ThrowsAsync<ProduceException>(
            async () => await producer.ProduceAsync(
                new TopicPartition("t", 3), new Message<string?, string?> { Key = "21", Value = "a" }, Token));

        Assert.Equal(2, result.Partition);
        Assert.Equal(ErrorCode.UnknownPartition, error.ErrorCode);
    }

    [Fact]
    public async Task Partitions_that_were_added_are_found()
    {
        using var broker = new FakeBroker();
        broker.AddTopic("t", 1);
        using var client = broker.NewClient();
        await using var producer = client.CreateProducer<string?, string?>();
        await producer.ProduceAsync("t", new Message<string?, string?> { Value = "a" }, Token);
        broker.AddTopic("t", 2);

        var result = await producer.ProduceAsync(new TopicPartition("t", 1), new Message<string?, string?> { Value = "b" }, Token);

        Assert.Equal(1, result.Partition);
    }

    [Theory]
    [InlineData(CompressionType.Gzip)]
    [InlineData(CompressionType.Snappy)]
    [InlineData(CompressionType.Lz4)]
    [InlineData(CompressionType.Zstd)]
    public async Task Batches_are_compressed_as_asked(CompressionType compression)
    {
        using var broker = new FakeBroker();
        var log = broker.AddTopic("t", 1)[0];
        using var client = broker.NewClient();
        await using var producer = client.CreateProducer(
            new ProducerOptions { Compression = compression, Linger = TimeSpan.FromMinutes(1) });

        for (var i = 0; i < 100; i++)
            await producer.EnqueueAsync("t", Text(new string('z', 1_000)), cancellationToken: Token);
        await producer.FlushAsync(Token);

        Assert.Equal(compression, new RecordBatchHeader(log.Batches[0]).Compression);
        Assert.InRange(log.Batches[0].Length, 61, 20_000);
        Assert.Equal(100, log.Values().Count(value => value == new string('z', 1_000)));
    }

    [Fact]
    public async Task A_million_records_need_no_million_tasks()
    {
        using var broker = new FakeBroker();
        var log = broker.AddTopic("t", 1)[0];
        using var client = broker.NewClient();
        await using var producer = client.CreateProducer();
        var record = new ProduceRecord { Value = Encoding.UTF8.GetBytes("0123456789"), TimestampMs = 1 };
        for (var i = 0; i < 100_000; i++)
            await producer.EnqueueAsync("t", record, cancellationToken: Token);
        await producer.FlushAsync(Token);

        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 10_000; i++)
        {
            var enqueued = producer.EnqueueAsync("t", record, cancellationToken: Token);
            Assert.True(enqueued.IsCompletedSuccessfully);
            await enqueued;
        }

        var perRecord = (GC.GetAllocatedBytesForCurrentThread() - before) / 10_000;
        await producer.FlushAsync(Token);
        Assert.Equal(0, perRecord);
        Assert.Equal(110_000, log.EndOffset);
    }

    private static ProduceRecord Text(string value, int? partition = null) =>
        new() { Value = Encoding.UTF8.GetBytes(value), Partition = partition };
}

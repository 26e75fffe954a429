using CloudStream.Client.Tests.Doubles;

namespace CloudStream.Client.Tests.Consuming;

public sealed class ConsumerTests
{
    private static readonly CancellationToken Token = TestContext.Current.CancellationToken;
    private static readonly ConsumerOptions ToTheEnd = new() { StopAtEnd = true };

    [Fact]
    public async Task Reads_from_the_beginning_to_the_end_and_stops()
    {
        using var broker = new FakeBroker();
        var log = broker.AddTopic("t", 1)[0];
        log.Add("a", "b");
        log.Add("c");
        using var client = broker.NewClient();

        Assert.Equal(["0:a", "1:b", "2:c"], await ReadAsync(client, Offset.Beginning));
    }

    [Fact]
    public async Task Reads_from_an_offset_inside_a_batch()
    {
        using var broker = new FakeBroker();
        broker.AddTopic("t", 1)[0].Add("a", "b", "c");
        using var client = broker.NewClient();

        Assert.Equal(["1:b", "2:c"], await ReadAsync(client, 1));
    }

    [Fact]
    public async Task Reads_from_a_time_on()
    {
        using var broker = new FakeBroker();
        var log = broker.AddTopic("t", 1)[0];
        log.Add("a");
        log.Add("b");
        log.Add("c");
        using var client = broker.NewClient();

        Assert.Equal(["2:c"], await ReadAsync(client, Offset.At(DateTimeOffset.FromUnixTimeMilliseconds(1_002))));
        Assert.Equal([], await ReadAsync(client, Offset.At(DateTimeOffset.FromUnixTimeMilliseconds(2_000))));
    }

    [Fact]
    public async Task Does_not_read_beyond_the_end_as_it_was_at_the_start()
    {
        using var broker = new FakeBroker();
        var log = broker.AddTopic("t", 1)[0];
        log.Add("a", "b");
        using var client = broker.NewClient();
        await using var consumer = client.CreateConsumer<Null?, string?>(ToTheEnd);
        await consumer.AssignAsync("t", Offset.Beginning, Token);
        var fetch = Fault.Hold();
        broker.Next("/batches", fetch);

        var reading = ReadAsync(consumer);
        await fetch.Arrived.Task.WaitAsync(Token);
        log.Add("late");
        fetch.Gate!.SetResult();

        Assert.Equal(["0:a", "1:b"], await reading);
        Assert.Equal(2, consumer.Position(new TopicPartition("t", 0)).Value);
    }

    [Fact]
    public async Task Waits_for_what_is_produced_later()
    {
        using var broker = new FakeBroker();
        var log = broker.AddTopic("t", 1)[0];
        log.Add("old");
        using var client = broker.NewClient();
        await using var consumer = client.CreateConsumer<Null?, string?>();
        await consumer.AssignAsync("t", Offset.End, Token);
        log.Add("new");

        await foreach (var result in consumer.ConsumeAsync(Token))
        {
            Assert.Equal("new", result.Value);
            Assert.Equal(new TopicPartitionOffset("t", 0, 1), result.TopicPartitionOffset);
            Assert.Equal(1_001, result.TimestampMs);
            Assert.Empty(result.Headers);
            break;
        }
    }

    [Fact]
    public async Task Reads_all_partitions_each_in_order()
    {
        using var broker = new FakeBroker();
        var log = broker.AddTopic("t", 8);
        for (var i = 0; i < 800; i++)
            log[i % 8].Add($"{i}");
        using var client = broker.NewClient();
        await using var consumer = client.CreateConsumer<Null?, string?>(
            new ConsumerOptions { StopAtEnd = true, FetchBytes = 1024, PrefetchBytes = 2048 });
        await consumer.AssignAsync("t", Offset.Beginning, Token);

        var values = new List<int>[8];
        await foreach (var result in consumer.ConsumeAsync(Token))
            (values[result.Partition] ??= []).Add(int.Parse(result.Value!));

        for (var partition = 0; partition < 8; partition++)
            Assert.Equal(Enumerable.Range(0, 100).Select(i => (i * 8) + partition), values[partition]);
    }

    [Fact]
    public async Task Seeking_drops_what_was_read_ahead()
    {
        using var broker = new FakeBroker();
        broker.AddTopic("t", 1)[0].Add("a", "b", "c", "d");
        using var client = broker.NewClient();
        await using var consumer = client.CreateConsumer<Null?, string?>(ToTheEnd);
        await consumer.AssignAsync("t", Offset.Beginning, Token);

        var values = new List<string?>();
        await foreach (var result in consumer.ConsumeAsync(Token))
        {
            values.Add(result.Value);
            if (values.Count == 2)
                consumer.Seek(new TopicPartitionOffset("t", 0, 0));
            if (values.Count == 4)
                consumer.Seek(new TopicPartitionOffset("t", 0, 3));
        }

        Assert.Equal(["a", "b", "a", "b", "d"], values);
    }

    [Fact]
    public async Task A_paused_partition_is_held_back_until_it_is_resumed()
    {
        using var broker = new FakeBroker();
        var log = broker.AddTopic("t", 2);
        log[0].Add("a0", "a1", "a2");
        log[1].Add("b0", "b1", "b2");
        using var client = broker.NewClient();
        await using var consumer = client.CreateConsumer<Null?, string?>(ToTheEnd);
        await consumer.AssignAsync("t", Offset.Beginning, Token);
        consumer.Pause(new TopicPartition("t", 0));

        var values = new List<string?>();
        await foreach (var result in consumer.ConsumeAsync(Token))
        {
            values.Add(result.Value);
            if (values.Count == 3)
                consumer.Resume(new TopicPartition("t", 0));
            if (result.Value == "a0")
            {
                consumer.Pause(result.TopicPartition);
                consumer.Resume(result.TopicPartition);
            }
        }

        Assert.Equal(["b0", "b1", "b2", "a0", "a1", "a2"], values);
    }

    [Fact]
    public async Task Partitions_come_and_go_one_by_one_while_others_are_read_on()
    {
        using var broker = new FakeBroker();
        var log = broker.AddTopic("t", 3);
        log[0].Add("a0", "a1", "a2", "a3");
        log[1].Add("b0", "b1");
        using var client = broker.NewClient();
        await using var consumer = client.CreateConsumer<Null?, string?>(ToTheEnd);
        consumer.Assign(new TopicPartitionOffset("t", 0, 1));

        var values = new List<string?>();
        await foreach (var result in consumer.ConsumeAsync(Token))
        {
            values.Add(result.Value);
            if (result.Value == "a2")
            {
                consumer.IncrementalAssign(new TopicPartitionOffset("t", 1, 1), new TopicPartitionOffset("t", 2, 0));
                Assert.Throws<ArgumentException>(() => consumer.IncrementalAssign(new TopicPartitionOffset("t", 0, 0)));
                consumer.IncrementalUnassign(new TopicPartition("t", 2), new TopicPartition("t", 7));
            }
        }

        Assert.Equal(["a1", "a2", "a3", "b1"], values);
        Assert.Equal([new TopicPartitionOffset("t", 0, 4), new TopicPartitionOffset("t", 1, 2)], consumer.Assignment);
    }

    [Fact]
    public async Task Reading_goes_on_after_it_was_broken_off()
    {
        using var broker = new FakeBroker();
        broker.AddTopic("t", 1)[0].Add("a", "b", "c");
        using var client = broker.NewClient();
        await using var consumer = client.CreateConsumer<Null?, string?>(ToTheEnd);
        await consumer.AssignAsync("t", Offset.Beginning, Token);

        await foreach (var result in consumer.ConsumeAsync(Token))
        {
            Assert.Equal("a", result.Value);
            break;
        }

        Assert.Equal(1, consumer.Position(new TopicPartition("t", 0)).Value);
        Assert.Equal(["1:b", "2:c"], await ReadAsync(consumer));
    }

    [Fact]
    public async Task Nothing_is_lost_or_doubled_over_broken_connections_and_restarts()
    {
        using var broker = new FakeBroker();
        var log = broker.AddTopic("t", 1)[0];
        for (var i = 0; i < 200; i++)
            log.Add($"{i}");
        using var client = broker.NewClient();
        for (var i = 0; i < 20; i++)
        {
            broker.Next("/batches", new Fault { LoseReply = true });
            broker.Next("/batches", new Fault { Unreachable = true });
            broker.Next("/batches", Fault.Answer(503, "shutting-down"));
            broker.Next("/batches", new Fault());
        }

        await using var consumer = client.CreateConsumer<Null?, string?>(new ConsumerOptions { StopAtEnd = true, FetchBytes = 1024 });
        await consumer.AssignAsync("t", Offset.Beginning, Token);

        Assert.Equal(Enumerable.Range(0, 200).Select(i => $"{i}:{i}"), await ReadAsync(consumer));
    }

    [Fact]
    public async Task Damaged_transfers_are_fetched_again()
    {
        using var broker = new FakeBroker();
        broker.AddTopic("t", 1)[0].Add("a", "b");
        using var client = broker.NewClient();
        broker.Next("/batches", new Fault { Damage = FlipLastByte });

        Assert.Equal(["0:a", "1:b"], await ReadAsync(client, Offset.Beginning));
    }

    [Fact]
    public async Task Damaged_batches_are_never_delivered()
    {
        using var broker = new FakeBroker();
        broker.AddTopic("t", 1)[0].Add("a", "b");
        using var client = broker.NewClient();
        for (var i = 0; i < 3; i++)
            broker.Next("/batches", new Fault { Damage = FlipLastByte });

        var error = await Assert.ThrowsAsync<ConsumeException>(() => ReadAsync(client, Offset.Beginning));

        Assert.Equal(ErrorCode.CorruptMessage, error.ErrorCode);
        Assert.Equal(new TopicPartitionOffset("t", 0, 0), error.TopicPartitionOffset);
    }

    [Fact]
    public async Task An_offset_out_of_range_is_an_error_by_default()
    {
        using var broker = new FakeBroker();
        var log = broker.AddTopic("t", 1)[0];
        log.Add("a", "b");
        log.Add("c");
        log.LogStartOffset = 2;
        using var client = broker.NewClient();

        var error = await Assert.ThrowsAsync<ConsumeException>(() => ReadAsync(client, 0));

        Assert.Equal(ErrorCode.OffsetOutOfRange, error.ErrorCode);
        Assert.Equal(416, error.HttpStatus);
        Assert.Equal(2, error.LogStartOffset);
        Assert.Equal(3, error.HighWatermark);
    }

    [Fact]
    public async Task An_offset_out_of_range_moves_to_the_beginning_where_that_is_wanted()
    {
        using var broker = new FakeBroker();
        var log = broker.AddTopic("t", 1)[0];
        log.Add("a", "b");
        log.Add("c");
        log.LogStartOffset = 2;
        using var client = broker.NewClient();

        Assert.Equal(["2:c"], await ReadAsync(client, 0, AutoOffsetReset.Earliest));
    }

    [Fact]
    public async Task An_offset_out_of_range_moves_to_the_end_where_that_is_wanted()
    {
        using var broker = new FakeBroker();
        var log = broker.AddTopic("t", 1)[0];
        log.Add("a");
        using var client = broker.NewClient();
        await using var consumer = client.CreateConsumer<Null?, string?>(new ConsumerOptions { AutoOffsetReset = AutoOffsetReset.Latest });
        consumer.Assign(new TopicPartitionOffset("t", 0, 99));

        await using var reading = consumer.ConsumeAsync(Token).GetAsyncEnumerator(Token);
        var next = reading.MoveNextAsync().AsTask();
        await Eventually.HoldsAsync(
            () => broker.Requests.Contains("GET /v1/topics/t/partitions/0/batches?offset=1&maxBytes=4194304&minBytes=1&wait=5000"), Token);
        log.Add("new");
        broker.Appended();

        Assert.True(await next.WaitAsync(Token));
        Assert.Equal("new", reading.Current.Value);
    }

    [Fact]
    public async Task Cancelling_ends_the_reading()
    {
        using var broker = new FakeBroker();
        broker.AddTopic("t", 1)[0].Add("a");
        using var client = broker.NewClient();
        await using var consumer = client.CreateConsumer<Null?, string?>();
        await consumer.AssignAsync("t", Offset.Beginning, Token);
        using var cancel = new CancellationTokenSource();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
        {
            await foreach (var result in consumer.ConsumeAsync(cancel.Token))
                await cancel.CancelAsync();
        });
    }

    [Fact]
    public async Task An_unknown_topic_is_an_error()
    {
        using var broker = new FakeBroker();
        using var client = broker.NewClient();
        await using var consumer = client.CreateConsumer<Null?, string?>();
        consumer.Assign(new TopicPartitionOffset("nowhere", 0, Offset.Beginning));

        var error = await Assert.ThrowsAsync<ConsumeException>(() => ReadAsync(consumer));
        Assert.Equal(ErrorCode.UnknownTopic, error.ErrorCode);
    }

    [Fact]
    public async Task What_cannot_be_deserialised_is_an_error_and_can_be_stepped_over()
    {
        using var broker = new FakeBroker();
        broker.AddTopic("t", 1)[0].Add("12345678", "bad", "87654321");
        using var client = broker.NewClient();
        await using var consumer = client.CreateConsumer<Null?, long>(ToTheEnd);
        await consumer.AssignAsync("t", Offset.Beginning, Token);

        var values = new List<long>();
        var error = await Assert.ThrowsAsync<ConsumeException>(async () =>
        {
            await foreach (var result in consumer.ConsumeAsync(Token))
                values.Add(result.Value);
        });
        Assert.Equal(ErrorCode.DeserializationFailed, error.ErrorCode);
        consumer.Seek(new TopicPartitionOffset("t", 0, error.TopicPartitionOffset.Offset.Value + 1));
        await foreach (var result in consumer.ConsumeAsync(Token))
            values.Add(result.Value);

        Assert.Equal([0x3132333435363738, 0x3837363534333231], values);
    }

    [Fact]
    public async Task Batches_come_undecoded_and_their_records_without_allocation()
    {
        using var broker = new FakeBroker();
        var log = broker.AddTopic("t", 1)[0];
        log.Add([.. Enumerable.Range(0, 1_000).Select(i => $"{i}")]);
        using var client = broker.NewClient();
        await using var consumer = client.CreateConsumer(ToTheEnd);
        await consumer.AssignAsync("t", 10, Token);

        var sum = 0;
        var allocated = 0L;
        await foreach (var batches in consumer.ConsumeBatchesAsync(Token))
        {
            Assert.Equal(log.Batches[0], batches.Bytes.ToArray());
            Assert.Equal(10, batches.Offset);
            Assert.Equal(1_000, batches.NextOffset);
            Assert.Equal(1_000, batches.HighWatermark);
            using var records = batches.OpenRecords();
            Assert.True(records.TryRead(out var first));
            Assert.Equal(10, first.Offset);
            var before = GC.GetAllocatedBytesForCurrentThread();
            while (records.TryRead(out var record))
                sum += record.Value!.Value.Length;
            allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        }

        Assert.Equal((90 * 2) + (900 * 3) - 2, sum);
        Assert.Equal(0, allocated);
    }

    [Fact]
    public async Task Reading_ahead_is_bounded()
    {
        using var broker = new FakeBroker();
        var log = broker.AddTopic("t", 1)[0];
        for (var i = 0; i < 100; i++)
            log.Add(new string('x', 900));
        using var client = broker.NewClient();
        await using var consumer = client.CreateConsumer(new ConsumerOptions { FetchBytes = 1024, PrefetchBytes = 3_000 });
        await consumer.AssignAsync("t", Offset.Beginning, Token);

        await using var reading = consumer.ConsumeRecordsAsync(Token).GetAsyncEnumerator(Token);
        Assert.True(await reading.MoveNextAsync());
        await Eventually.HoldsAsync(() => Fetches() >= 5, Token);
        for (var i = 0; i < 50; i++)
            Assert.True(await reading.MoveNextAsync());

        // 51 are consumed or in hand; four more fill 3,000 bytes.
        Assert.InRange(Fetches(), 51, 55);

        int Fetches() => broker.Requests.Count(request => request.Contains("/batches?", StringComparison.Ordinal));
    }

    [Fact]
    public async Task One_consumer_has_one_reading_at_a_time()
    {
        using var broker = new FakeBroker();
        broker.AddTopic("t", 1)[0].Add("a");
        using var client = broker.NewClient();
        await using var consumer = client.CreateConsumer();
        await consumer.AssignAsync("t", Offset.Beginning, Token);
        await using var first = consumer.ConsumeRecordsAsync(Token).GetAsyncEnumerator(Token);
        Assert.True(await first.MoveNextAsync());

        await using var second = consumer.ConsumeRecordsAsync(Token).GetAsyncEnumerator(Token);
        await Assert.ThrowsAsync<InvalidOperationException>(async () => await second.MoveNextAsync());
    }

    private static byte[] FlipLastByte(byte[] bytes)
    {
        bytes[^1] ^= 1;
        return bytes;
    }

    private static async Task<List<string>> ReadAsync(CloudStreamClient client, Offset from, AutoOffsetReset reset = AutoOffsetReset.Error)
    {
        await using var consumer = client.CreateConsumer<Null?, string?>(new ConsumerOptions { StopAtEnd = true, AutoOffsetReset = reset });
        await consumer.AssignAsync("t", from, Token);
        return await ReadAsync(consumer);
    }

    private static async Task<List<string>> ReadAsync(Consumer<Null?, string?> consumer)
    {
        var values = new List<string>();
        await foreach (var result in consumer.ConsumeAsync(Token))
            values.Add($"{result.Offset}:{result.Value}");
        return values;
    }
}

using System.Collections.Concurrent;
using CloudStream.Client.Admin;
using CloudStream.Client.Tests.Doubles;

namespace CloudStream.Client.Tests.Groups;

/// <summary>Members of consumer groups against a real broker over HTTP.</summary>
public sealed class GroupConsumerTests(BrokerHost host) : IClassFixture<BrokerHost>
{
    private static readonly CancellationToken Token = TestContext.Current.CancellationToken;

    private readonly string _group = $"g-{Guid.NewGuid():n}";

    [Fact]
    public async Task A_member_reads_what_there_is_and_its_successor_goes_on_after_it()
    {
        using var client = host.NewClient();
        var topic = await TopicAsync(client, 3, 300);

        var first = await ReadToEndAsync(client, topic);
        await ProduceAsync(client, topic, 300, 330);
        var second = await ReadToEndAsync(client, topic);

        Assert.Equal(Enumerable.Range(0, 300), first.Order());
        Assert.Equal(Enumerable.Range(300, 30), second.Order());
    }

    [Fact]
    public async Task What_is_not_committed_is_read_again()
    {
        using var client = host.NewClient();
        var topic = await TopicAsync(client, 1, 10);
        var options = Options();
        options.EnableAutoCommit = false;

        await using (var crashing = client.CreateGroupConsumer<int, int>(_group, options))
        {
            crashing.Subscribe(topic);
            await foreach (var result in crashing.ConsumeAsync(Token))
            {
                if (result.Value == 3)
                    await crashing.CommitAsync(result, Token);
                if (result.Value == 7)
                    break;
            }
        }

        Assert.Equal(Enumerable.Range(4, 6), await ReadToEndAsync(client, topic));
    }

    [Fact]
    public async Task A_record_counts_as_processed_when_the_next_one_is_asked_for()
    {
        using var client = host.NewClient();
        var topic = await TopicAsync(client, 1, 10);

        await using (var failing = client.CreateGroupConsumer<int, int>(_group, Options()))
        {
            failing.Subscribe(topic);
            await foreach (var result in failing.ConsumeAsync(Token))
            {
                if (result.Value == 5)
                    break; // Its processing failed.
            }
        }

        Assert.Equal(Enumerable.Range(5, 5), await ReadToEndAsync(client, topic));
    }

    [Fact]
    public async Task Only_stored_offsets_are_committed_where_the_program_stores_them()
    {
        using var client = host.NewClient();
        var topic = await TopicAsync(client, 1, 10);
        var options = Options();
        options.EnableAutoOffsetStore = false;

        await using (var consumer = client.CreateGroupConsumer<int, int>(_group, options))
        {
            consumer.Subscribe(topic);
            await foreach (var result in consumer.ConsumeAsync(Token))
            {
                if (result.Value == 2)
                    consumer.StoreOffset(result);
            }
        }

        Assert.Equal(Enumerable.Range(3, 7), await ReadToEndAsync(client, topic));
    }

    [Fact]
    public async Task No_record_is_skipped_while_members_come_and_go()
    {
        const int Count = 6_000;
        using var client = host.NewClient();
        var topic = await TopicAsync(client, 6, 0);
        using var enough = CancellationTokenSource.CreateLinkedTokenSource(Token);
        var seen = new SeenOnce(Count, enough);
        var producing = ProduceAsync(client, topic, 0, Count);

        var staying = ReadAsync(int.MaxValue);
        await Task.WhenAll(ReadAsync(700), ReadAsync(300));
        await Task.WhenAll(ReadAsync(500), ReadAsync(500), producing);
        await seen.AllAsync(Token);
        await staying;

        Assert.Equal(Enumerable.Range(0, Count), seen.Values);

        async Task ReadAsync(int limit)
        {
            var options = Options();
            options.Reading.StopAtEnd = false;
            await using var consumer = client.CreateGroupConsumer<int, int>(_group, options);
            consumer.Subscribe(topic);
            try
            {
                await foreach (var result in consumer.ConsumeAsync(enough.Token))
                {
                    seen.Add(result.Value);
                    if (--limit <= 0)
                        break;
                }
            }
            catch (OperationCanceledException) when (enough.IsCancellationRequested)
            {
                // All is read.
            }
        }
    }

    [Fact]
    public async Task Partitions_are_revoked_and_assigned_when_another_member_joins()
    {
        using var client = host.NewClient();
        var topic = await TopicAsync(client, 4, 0);
        var events = new ConcurrentQueue<string>();
        using var enough = CancellationTokenSource.CreateLinkedTokenSource(Token);

        var first = RunAsync("first");
        await Eventually.HoldsAsync(() => events.Contains("first has 4"), Token);
        var second = RunAsync("second");
        await Eventually.HoldsAsync(() => events.Contains("first has 2") && events.Contains("second has 2"), Token);
        await enough.CancelAsync();
        await Task.WhenAll(first, second);

        Assert.Equal(["first has 4", "first gives 4", "first has 2"],
            events.Where(e => e.StartsWith("first", StringComparison.Ordinal)).Take(3));

        async Task RunAsync(string name)
        {
            var options = Options();
            options.Reading.StopAtEnd = false;
            options.PartitionsAssigned = (partitions, _) => Note($"{name} has {partitions.Count}");
            options.PartitionsRevoked = (partitions, _) => Note($"{name} gives {partitions.Count}");
            await using var consumer = client.CreateGroupConsumer(_group, options);
            consumer.Subscribe(topic);
            await Assert.ThrowsAnyAsync<OperationCanceledException>(
                async () => await consumer.ConsumeRecordsAsync(enough.Token).GetAsyncEnumerator(enough.Token).MoveNextAsync());
        }

        ValueTask Note(string what)
        {
            events.Enqueue(what);
            return ValueTask.CompletedTask;
        }
    }

    [Fact]
    public async Task A_member_that_asks_for_nothing_for_too_long_loses_its_partitions()
    {
        using var client = host.NewClient();
        var topic = await TopicAsync(client, 1, 2);
        var lost = new TaskCompletionSource<int>(TaskCreationOptions.RunContinuationsAsynchronously);
        var options = Options();
        options.MaxPollInterval = TimeSpan.FromMilliseconds(100);
        options.PartitionsLost = (partitions, _) =>
        {
            lost.TrySetResult(partitions.Count);
            return ValueTask.CompletedTask;
        };
        await using var slow = client.CreateGroupConsumer<int, int>(_group, options);
        slow.Subscribe(topic);
        await using var reading = slow.ConsumeAsync(Token).GetAsyncEnumerator(Token);
        await reading.MoveNextAsync();

        // It does not come back before another member has everything.
        Assert.Equal([0, 1], await ReadToEndAsync(client, topic));
        await reading.MoveNextAsync();

        Assert.Equal(1, await lost.Task);
    }

    [Fact]
    public async Task A_static_member_comes_back_to_its_partitions_without_a_rebalance()
    {
        using var client = host.NewClient();
        var topic = await TopicAsync(client, 2, 1);

        var first = await JoinAsync();
        var second = await JoinAsync();

        Assert.Equal(first.Generation, second.Generation);
        Assert.NotEqual(first.Member, second.Member);

        async Task<(int Generation, string Member)> JoinAsync()
        {
            var options = Options();
            options.GroupInstanceId = "i-1";
            options.EnableAutoCommit = false;
            await using var consumer = client.CreateGroupConsumer(_group, options);
            consumer.Subscribe(topic);
            await foreach (var _ in consumer.ConsumeRecordsAsync(Token))
                break;
            return (consumer.GenerationId, consumer.MemberId);
        }
    }

    [Fact]
    public async Task A_process_that_takes_a_static_members_name_ends_the_one_before()
    {
        using var client = host.NewClient();
        var topic = await TopicAsync(client, 1, 0);
        using var enough = CancellationTokenSource.CreateLinkedTokenSource(Token);
        await using var before = Consumer();
        var reading = before.ConsumeRecordsAsync(Token).GetAsyncEnumerator(Token).MoveNextAsync().AsTask();
        await Eventually.HoldsAsync(() => before.GenerationId >= 0, Token);

        await using var after = Consumer();
        var taking = after.ConsumeRecordsAsync(enough.Token).GetAsyncEnumerator(enough.Token).MoveNextAsync().AsTask();
        var error = await Assert.ThrowsAsync<CloudStreamException>(() => reading);
        await enough.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => taking);

        Assert.Equal(ErrorCode.FencedInstance, error.ErrorCode);

        GroupConsumer Consumer()
        {
            var options = Options();
            options.GroupInstanceId = "i-1";
            options.Reading.StopAtEnd = false;
            var consumer = client.CreateGroupConsumer(_group, options);
            consumer.Subscribe(topic);
            return consumer;
        }
    }

    [Fact]
    public async Task A_consumer_without_a_subscription_or_with_foreign_assignors_is_refused()
    {
        using var client = host.NewClient();
        await using var idle = client.CreateGroupConsumer(_group);
        var options = Options();
        options.PartitionAssignmentStrategy = ["magic"];
        await using var strange = client.CreateGroupConsumer(_group, options);
        strange.Subscribe("t");

        await Assert.ThrowsAsync<InvalidOperationException>(
            async () => await idle.ConsumeRecordsAsync(Token).GetAsyncEnumerator(Token).MoveNextAsync());
        var error = await Assert.ThrowsAsync<CloudStreamException>(
            async () => await strange.ConsumeRecordsAsync(Token).GetAsyncEnumerator(Token).MoveNextAsync());
        Assert.Equal(ErrorCode.InvalidRequest, error.ErrorCode);
        Assert.Throws<ArgumentException>(() => strange.Subscribe());
        Assert.Throws<ArgumentOutOfRangeException>(
            () => client.CreateGroupConsumer(_group, new GroupConsumerOptions { HeartbeatInterval = TimeSpan.FromMinutes(1) }));
    }

    [Fact]
    public async Task Groups_are_listed_described_reset_and_deleted()
    {
        using var client = host.NewClient();
        var topic = await TopicAsync(client, 1, 10);
        var partition = new TopicPartition(topic, 0);
        await client.Admin.AlterGroupOffsetsAsync(_group, [new TopicPartitionOffset(partition, 4)], Token);

        var described = await client.Admin.DescribeGroupAsync(_group, Token);
        var dry = await client.Admin.ResetGroupOffsetsAsync(_group, OffsetReset.By(-1) with { DryRun = true }, Token);
        var done = await client.Admin.ResetGroupOffsetsAsync(_group, OffsetReset.To(Offset.End) with { Topics = [topic] }, Token);
        var timed = await client.Admin.ResetGroupOffsetsAsync(
            _group, OffsetReset.To(Offset.At(DateTimeOffset.UnixEpoch)) with { Partitions = [partition], DryRun = true }, Token);

        Assert.Contains(await client.Admin.ListGroupsAsync(Token), g => g.Group == _group && g.State == "Empty");
        Assert.Equal(("Empty", 6L), (described.State, described.Lag));
        Assert.Equal([(4L, 10L, 6L)], described.Partitions.Select(p => (p.CommittedOffset!.Value, p.LogEndOffset, p.Lag!.Value)));
        Assert.Equal([new OffsetMove(partition, 4, 3)], dry);
        Assert.Equal([new OffsetMove(partition, 4, 10)], done);
        Assert.Equal([new OffsetMove(partition, 10, 0)], timed);
        Assert.Equal([new TopicPartitionOffset(partition, 10)], await client.Admin.ListGroupOffsetsAsync(_group, Token));
        await client.Admin.DeleteGroupOffsetsAsync(_group, topic, 0, Token);
        Assert.Empty(await client.Admin.ListGroupOffsetsAsync(_group, Token));
        await client.Admin.DeleteGroupAsync(_group, Token);
        Assert.Equal(ErrorCode.UnknownGroup,
            (await Assert.ThrowsAsync<CloudStreamException>(() => client.Admin.DescribeGroupAsync(_group, Token))).ErrorCode);
    }

    internal static GroupConsumerOptions Options() => new()
    {
        AutoOffsetReset = AutoOffsetReset.Earliest,
        HeartbeatInterval = TimeSpan.FromMilliseconds(20),
        Reading = new ConsumerOptions { StopAtEnd = true },
    };

    private async Task<List<int>> ReadToEndAsync(CloudStreamClient client, string topic)
    {
        await using var consumer = client.CreateGroupConsumer<int, int>(_group, Options());
        consumer.Subscribe(topic);
        var values = new List<int>();
        await foreach (var result in consumer.ConsumeAsync(Token))
            values.Add(result.Value);
        return values;
    }

    private async Task<string> TopicAsync(CloudStreamClient client, int partitions, int count)
    {
        var topic = await host.NewTopicAsync(client, partitions);
        await ProduceAsync(client, topic, 0, count);
        return topic;
    }

    private static async Task ProduceAsync(CloudStreamClient client, string topic, int from, int to)
    {
        await using var producer = client.CreateProducer<int, int>(new ProducerOptions { BatchBytes = 1024 });
        for (var i = from; i < to; i++)
            await producer.EnqueueAsync(topic, new Message<int, int> { Key = i, Value = i }, cancellationToken: Token);
        await producer.FlushAsync(Token);
    }
}

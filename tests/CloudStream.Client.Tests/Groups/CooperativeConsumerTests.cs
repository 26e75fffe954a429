using System.Collections.Concurrent;
using CloudStream.Client.Tests.Doubles;

namespace CloudStream.Client.Tests.Groups;

/// <summary>Consumers that keep their partitions while their group rebalances.</summary>
public sealed class CooperativeConsumerTests(BrokerHost host) : IClassFixture<BrokerHost>
{
    private static readonly CancellationToken Token = TestContext.Current.CancellationToken;

    private readonly string _group = $"g-{Guid.NewGuid():n}";
    private readonly ConcurrentQueue<string> _events = [];
    private readonly ConcurrentQueue<int> _values = [];

    [Fact]
    public async Task Only_what_moves_is_revoked_and_assigned()
    {
        using var client = host.NewClient();
        var topic = await host.NewTopicAsync(client, 4);
        using var enough = CancellationTokenSource.CreateLinkedTokenSource(Token);
        await using var first = Consumer(client, "first", topic);
        await using var second = Consumer(client, "second", topic);

        var reading = ReadAsync(first, enough.Token);
        await Eventually.HoldsAsync(() => first.Assignment.Count == 4, Token);
        var alsoReading = ReadAsync(second, enough.Token);
        await Eventually.HoldsAsync(() => first.Assignment.Count == 2 && second.Assignment.Count == 2, Token);
        var left = first.Assignment.Concat(second.Assignment).Select(p => p.TopicPartition.Partition).Order();
        await enough.CancelAsync();
        await Task.WhenAll(reading, alsoReading);

        Assert.Equal([0, 1, 2, 3], left);
        Assert.Equal(["first has 4", "first gives 2"], _events.Where(e => e.StartsWith("first", StringComparison.Ordinal)));
        Assert.Equal(["second has 2"], _events.Where(e => e.StartsWith("second", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Records_are_read_while_the_group_waits_for_a_member_that_is_busy()
    {
        using var client = host.NewClient();
        var topic = await host.NewTopicAsync(client, 4);
        using var enough = CancellationTokenSource.CreateLinkedTokenSource(Token);
        await using var first = Consumer(client, "first", topic);
        await using var busy = Consumer(client, "busy", topic);
        await using var third = Consumer(client, "third", topic);
        var reading = ReadAsync(first, enough.Token);
        await Eventually.HoldsAsync(() => first.Assignment.Count == 4, Token);
        await using var work = busy.ConsumeAsync(enough.Token).GetAsyncEnumerator(enough.Token);
        var item = work.MoveNextAsync().AsTask();
        await Eventually.HoldsAsync(() => first.Assignment.Count == 2 && busy.Assignment.Count == 2, Token);
        await ProduceAsync(client, topic, [busy.Assignment[0].Partition], 0);
        Assert.True(await item); // It does not ask for the next one for now.
        _values.Enqueue(work.Current.Value);

        var generation = first.Bytes.GenerationId;
        var waiting = ReadAsync(third, enough.Token);
        await Eventually.HoldsAsync(() => StateOf(client) == "PreparingRebalance", Token);
        await ProduceAsync(client, topic, [.. first.Assignment.Select(p => p.Partition)], 100);
        await Eventually.HoldsAsync(() => _values.Count == 3, Token);
        Assert.Equal((generation, 0), (first.Bytes.GenerationId, third.Assignment.Count));
        await first.Bytes.CommitAsync(Token); // A generation in the making takes commits of the one before.

        item = work.MoveNextAsync().AsTask();
        await Eventually.HoldsAsync(() => third.Assignment.Count == 1, Token);
        await Eventually.HoldsAsync(() => first.Assignment.Concat(busy.Assignment).Concat(third.Assignment).Select(
            p => p.Partition).Order().SequenceEqual([0, 1, 2, 3]), Token);
        await enough.CancelAsync();
        await Task.WhenAll(reading, waiting);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => item);
        Assert.Equal(["first has 4", "first gives 2"], _events.Where(e => e.StartsWith("first", StringComparison.Ordinal)).Take(2));
        Assert.Equal(3, _values.Distinct().Count());
        Assert.Equal(3, _values.Count);
    }

    [Theory]
    [InlineData("cooperative-sticky", "cooperative-sticky")]
    [InlineData("cooperative-sticky", "range cooperative-sticky")]
    public async Task No_record_is_skipped_while_members_come_and_go(string assignors, string others)
    {
        const int Count = 6_000;
        using var client = host.NewClient();
        var topic = await host.NewTopicAsync(client, 6);
        using var enough = CancellationTokenSource.CreateLinkedTokenSource(Token);
        var seen = new SeenOnce(Count, enough);
        var producing = ProduceAsync(client, topic, [.. Enumerable.Range(0, Count).Select(i => i % 6)], 0);

        var staying = ReadAsync(assignors, int.MaxValue);
        await Task.WhenAll(ReadAsync(others, 700), ReadAsync(assignors, 300));
        await Task.WhenAll(ReadAsync(assignors, 500), ReadAsync(others, 500), producing);
        await seen.AllAsync(Token);
        await staying;

        Assert.Equal(Enumerable.Range(0, Count), seen.Values);

        async Task ReadAsync(string names, int limit)
        {
            await using var consumer = Consumer(client, "one", topic, names);
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
    public async Task A_topic_that_is_not_wanted_any_more_is_given_back_and_the_others_go_on()
    {
        using var client = host.NewClient();
        var (topic, other) = (await host.NewTopicAsync(client, 2), await host.NewTopicAsync(client, 1));
        using var enough = CancellationTokenSource.CreateLinkedTokenSource(Token);
        await using var consumer = Consumer(client, "one", topic);
        consumer.Subscribe(topic, other);
        var reading = ReadAsync(consumer, enough.Token);
        await Eventually.HoldsAsync(() => consumer.Assignment.Count == 3, Token);
        var generation = consumer.Bytes.GenerationId;

        consumer.Subscribe(topic);
        await Eventually.HoldsAsync(() => consumer.Bytes.GenerationId > generation && _events.Count >= 2, Token);
        await ProduceAsync(client, topic, [0, 1], 0);
        await Eventually.HoldsAsync(() => _values.Count == 2, Token);
        await enough.CancelAsync();
        await reading;

        Assert.Equal(["one has 3", "one gives 1"], _events);
        Assert.Equal([topic, topic], consumer.Assignment.Select(p => p.Topic));
    }

    [Fact]
    public async Task A_member_that_asks_for_nothing_for_too_long_loses_everything()
    {
        using var client = host.NewClient();
        var topic = await host.NewTopicAsync(client, 2);
        await ProduceAsync(client, topic, [0, 0, 1, 1], 0);
        var options = Options("slow");
        options.MaxPollInterval = TimeSpan.FromMilliseconds(100);
        await using var slow = client.CreateGroupConsumer<int, int>(_group, options);
        slow.Subscribe(topic);
        await using var reading = slow.ConsumeAsync(Token).GetAsyncEnumerator(Token);
        await reading.MoveNextAsync();

        using var enough = CancellationTokenSource.CreateLinkedTokenSource(Token);
        await using var other = Consumer(client, "other", topic);
        var all = ReadAsync(other, enough.Token);
        await Eventually.HoldsAsync(() => _values.Count == 4, Token);
        await enough.CancelAsync();
        await all;
        var next = reading.MoveNextAsync().AsTask();
        await Eventually.HoldsAsync(() => _events.Contains("slow loses 2"), Token);

        Assert.Equal([0, 1, 2, 3], _values.Order());
        await other.DisposeAsync();
        await ProduceAsync(client, topic, [0], 4);
        Assert.True(await next);
    }

    private static async Task ProduceAsync(CloudStreamClient client, string topic, IReadOnlyList<int> partitions, int first)
    {
        await using var producer = client.CreateProducer<int, int>(new ProducerOptions { BatchBytes = 1024 });
        for (var i = 0; i < partitions.Count; i++)
            await producer.EnqueueAsync(new TopicPartition(topic, partitions[i]), new Message<int, int> { Key = i, Value = first + i },
                cancellationToken: Token);
        await producer.FlushAsync(Token);
    }

    private string StateOf(CloudStreamClient client) => client.Admin.DescribeGroupAsync(_group, Token).GetAwaiter().GetResult().State;

    private GroupConsumer<int, int> Consumer(CloudStreamClient client, string name, string topic, string assignors = "cooperative-sticky")
    {
        var options = Options(name);
        options.PartitionAssignmentStrategy = assignors.Split(' ');
        var consumer = client.CreateGroupConsumer<int, int>(_group, options);
        consumer.Subscribe(topic);
        return consumer;
    }

    private GroupConsumerOptions Options(string name)
    {
        var options = GroupConsumerTests.Options();
        options.PartitionAssignmentStrategy = ["cooperative-sticky"];
        options.Reading.StopAtEnd = false;
        options.PartitionsAssigned = (partitions, _) => Note($"{name} has {partitions.Count}");
        options.PartitionsRevoked = (partitions, _) => Note($"{name} gives {partitions.Count}");
        options.PartitionsLost = (partitions, _) => Note($"{name} loses {partitions.Count}");
        return options;
    }

    private ValueTask Note(string what)
    {
        _events.Enqueue(what);
        return ValueTask.CompletedTask;
    }

    private async Task ReadAsync(GroupConsumer<int, int> consumer, CancellationToken enough)
    {
        try
        {
            await foreach (var result in consumer.ConsumeAsync(enough))
                _values.Enqueue(result.Value);
        }
        catch (OperationCanceledException) when (enough.IsCancellationRequested)
        {
            // It is.
        }
    }
}

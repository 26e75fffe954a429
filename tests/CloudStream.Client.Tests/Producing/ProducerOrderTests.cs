using CloudStream.Client.Tests.Doubles;

namespace CloudStream.Client.Tests.Producing;

public sealed class ProducerOrderTests
{
    private static readonly CancellationToken Token = TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_lost_reply_is_sent_again_and_gets_the_original_offset()
    {
        using var broker = new FakeBroker();
        var log = broker.AddTopic("t", 1)[0];
        log.Add("before");
        using var client = broker.NewClient();
        await using var producer = client.CreateProducer<Null?, string?>();
        broker.Next("/batches", new Fault { LoseReply = true });

        var result = await producer.ProduceAsync("t", new Message<Null?, string?> { Value = "a" }, Token);

        Assert.Equal(new DeliveryResult("t", 0, 1, result.TimestampMs), result);
        Assert.Equal(["before", "a"], log.Values());
        Assert.Equal(2, broker.AppendSizes.Length);
    }

    [Fact]
    public async Task Batches_stay_in_order_and_single_under_lost_replies_refusals_and_broken_connections()
    {
        using var broker = new FakeBroker();
        var log = broker.AddTopic("t", 1)[0];
        using var client = broker.NewClient();
        await using var producer = client.CreateProducer<Null?, string?>(new ProducerOptions { BatchBytes = 1024, Linger = TimeSpan.Zero });
        var random = new Random(17);
        for (var i = 0; i < 120; i++)
        {
            // A matched fault is used up by a batch, or by the retry of one.
            broker.Next("/batches", random.Next(5) switch
            {
                0 => new Fault { LoseReply = true },
                1 => new Fault { Unreachable = true },
                2 => Fault.Answer(503, "store-unavailable"),
                3 => Fault.Answer(503, "outcome-unknown"),
                _ => new Fault(),
            });
        }

        var results = new List<DeliveryResult>();
        for (var i = 0; i < 2_000; i++)
        {
            await producer.EnqueueAsync(
                "t", new Message<Null?, string?> { Value = $"value {i:00000}" }, report => results.Add(report.Result),
                cancellationToken: Token);
        }

        await producer.FlushAsync(Token);

        Assert.Equal(Enumerable.Range(0, 2_000).Select(i => $"value {i:00000}"), log.Values());
        Assert.Equal(Enumerable.Range(0, 2_000).Select(i => (long)i), results.Select(result => result.Offset));
        Assert.Equal(1, broker.Producers);
    }

    [Fact]
    public async Task A_batch_that_overtakes_another_is_refused_and_sent_again_behind_it()
    {
        using var broker = new FakeBroker();
        var log = broker.AddTopic("t", 1)[0];
        using var client = broker.NewClient();
        await using var producer = client.CreateProducer<Null?, string?>(new ProducerOptions { Linger = TimeSpan.Zero });
        await producer.ProduceAsync("t", new Message<Null?, string?> { Value = "first" }, Token);
        var slow = Fault.Hold();
        broker.Next("/batches", slow);

        var overtaken = producer.ProduceAsync("t", new Message<Null?, string?> { Value = "overtaken" }, Token);
        await slow.Arrived.Task.WaitAsync(Token);
        var hasty = producer.ProduceAsync("t", new Message<Null?, string?> { Value = "hasty" }, Token);
        await Eventually.HoldsAsync(() => broker.AppendSizes.Length == 2, Token);
        slow.Gate!.SetResult();

        Assert.Equal(1, (await overtaken).Offset);
        Assert.Equal(2, (await hasty).Offset);
        Assert.Equal(["first", "overtaken", "hasty"], log.Values());
        Assert.Equal(1, broker.Producers);
    }

    [Fact]
    public async Task The_first_batch_of_an_identity_travels_alone()
    {
        using var broker = new FakeBroker();
        var log = broker.AddTopic("t", 1)[0];
        using var client = broker.NewClient();
        await using var producer = client.CreateProducer<Null?, string?>(new ProducerOptions { BatchBytes = 1024, Linger = TimeSpan.Zero });
        var first = Fault.Hold();
        broker.Next("/batches", first);

        for (var i = 0; i < 200; i++)
            await producer.EnqueueAsync("t", new Message<Null?, string?> { Value = $"value {i:000}" }, cancellationToken: Token);
        await first.Arrived.Task.WaitAsync(Token);
        Assert.Single(broker.Requests, request => request.EndsWith("/batches", StringComparison.Ordinal));
        first.Gate!.SetResult();
        await producer.FlushAsync(Token);

        Assert.Equal(200, log.Values().Count);
        Assert.Equal("value 199", log.Values()[^1]);
    }

    [Fact]
    public async Task Sequences_begin_anew_when_the_broker_knows_others()
    {
        using var broker = new FakeBroker();
        var log = broker.AddTopic("t", 1)[0];
        using var client = broker.NewClient();
        await using var producer = client.CreateProducer<Null?, string?>(new ProducerOptions { Linger = TimeSpan.Zero });
        await producer.ProduceAsync("t", new Message<Null?, string?> { Value = "a" }, Token);
        broker.Next("/batches", Fault.Answer(409, "out-of-order-sequence"));
        var firstOfTheNew = Fault.Hold();
        broker.Next("/batches", firstOfTheNew);

        var second = producer.ProduceAsync("t", new Message<Null?, string?> { Value = "b" }, Token);
        await firstOfTheNew.Arrived.Task.WaitAsync(Token);
        var third = producer.ProduceAsync("t", new Message<Null?, string?> { Value = "c" }, Token);
        firstOfTheNew.Gate!.SetResult();

        Assert.Equal(1, (await second).Offset);
        Assert.Equal(2, (await third).Offset);
        Assert.Equal(["a", "b", "c"], log.Values());
        Assert.Equal(2, broker.Producers);
    }

    [Fact]
    public async Task A_refused_batch_fails_alone_and_those_behind_it_go_on_in_order()
    {
        using var broker = new FakeBroker();
        var log = broker.AddTopic("t", 1)[0];
        using var client = broker.NewClient();
        await using var producer = client.CreateProducer<Null?, string?>(new ProducerOptions { Linger = TimeSpan.Zero });
        await producer.ProduceAsync("t", new Message<Null?, string?> { Value = "a" }, Token);
        var refused = Fault.Hold();
        broker.Next("/batches", refused with { Reply = () => FakeBroker.Problem(400, "invalid-record") });

        var bad = producer.ProduceAsync("t", new Message<Null?, string?> { Value = "bad" }, Token).AsTask();
        await Eventually.HoldsAsync(
            () => broker.Requests.Count(request => request.EndsWith("/batches", StringComparison.Ordinal)) == 2, Token);
        var good = producer.ProduceAsync("t", new Message<Null?, string?> { Value = "good" }, Token);
        await Eventually.HoldsAsync(() => broker.AppendSizes.Length == 2, Token);
        refused.Gate!.SetResult();

        var error = await Assert.ThrowsAsync<ProduceException>(() => bad);
        Assert.Equal(ErrorCode.InvalidRecord, error.ErrorCode);
        Assert.False(error.MayHaveHappened);
        Assert.False(error.IsRetriable);
        Assert.Equal(400, error.HttpStatus);
        Assert.Equal("invalid-record happened", error.Detail);
        Assert.Equal(1, (await good).Offset);
        Assert.Equal(["a", "good"], log.Values());
    }

    [Fact]
    public async Task Without_idempotence_an_unknown_outcome_is_reported_and_not_sent_again()
    {
        using var broker = new FakeBroker();
        var log = broker.AddTopic("t", 1)[0];
        using var client = broker.NewClient();
        await using var producer = client.CreateProducer<Null?, string?>(new ProducerOptions { EnableIdempotence = false });
        broker.Next("/batches", new Fault { LoseReply = true });

        var error = await Assert.ThrowsAsync<ProduceException>(
            async () => await producer.ProduceAsync("t", new Message<Null?, string?> { Value = "a" }, Token));

        Assert.Equal(ErrorCode.ReplyLost, error.ErrorCode);
        Assert.True(error.MayHaveHappened);
        Assert.Equal(["a"], log.Values());
        Assert.Equal(0, broker.Producers);
    }

    [Fact]
    public async Task Without_idempotence_duplicates_come_only_when_they_are_allowed()
    {
        using var broker = new FakeBroker();
        var log = broker.AddTopic("t", 1)[0];
        using var client = broker.NewClient();
        await using var producer = client.CreateProducer<Null?, string?>(
            new ProducerOptions { EnableIdempotence = false, AllowDuplicates = true });
        broker.Next("/batches", new Fault { LoseReply = true });

        var result = await producer.ProduceAsync("t", new Message<Null?, string?> { Value = "a" }, Token);

        Assert.Equal(1, result.Offset);
        Assert.Equal(["a", "a"], log.Values());
    }

    [Fact]
    public async Task Without_idempotence_what_surely_did_not_happen_is_sent_again_in_order()
    {
        using var broker = new FakeBroker();
        var log = broker.AddTopic("t", 1)[0];
        using var client = broker.NewClient();
        await using var producer = client.CreateProducer<Null?, string?>(
            new ProducerOptions { EnableIdempotence = false, BatchBytes = 1024, Linger = TimeSpan.Zero });
        for (var i = 0; i < 10; i++)
        {
            broker.Next("/batches", new Fault { Unreachable = true });
            broker.Next("/batches", Fault.Answer(429, "overloaded"));
            broker.Next("/batches", new Fault());
        }

        for (var i = 0; i < 500; i++)
            await producer.EnqueueAsync("t", new Message<Null?, string?> { Value = $"value {i:000}" }, cancellationToken: Token);
        await producer.FlushAsync(Token);

        Assert.Equal(Enumerable.Range(0, 500).Select(i => $"value {i:000}"), log.Values());
    }

    [Fact]
    public async Task Calls_that_are_not_awaited_keep_their_order_while_the_topic_is_looked_up_and_the_buffer_is_full()
    {
        using var broker = new FakeBroker();
        var log = broker.AddTopic("t", 1)[0];
        using var client = broker.NewClient();
        await using var producer = client.CreateProducer<Null?, string?>(
            new ProducerOptions { BatchBytes = 1024, BufferBytes = 2048, Linger = TimeSpan.Zero });

        var results = await Task.WhenAll(Enumerable.Range(0, 1_000)
            .Select(i => producer.ProduceAsync("t", new Message<Null?, string?> { Value = $"value {i:000}" }, Token).AsTask()));

        Assert.Equal(Enumerable.Range(0, 1_000).Select(i => (long)i), results.Select(result => result.Offset));
        Assert.Equal(Enumerable.Range(0, 1_000).Select(i => $"value {i:000}"), log.Values());
    }
}

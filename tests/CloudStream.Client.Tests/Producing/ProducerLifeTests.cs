using CloudStream.Client.Tests.Doubles;

namespace CloudStream.Client.Tests.Producing;

public sealed class ProducerLifeTests
{
    private static readonly CancellationToken Token = TestContext.Current.CancellationToken;

    [Fact]
    public async Task Disposing_delivers_what_is_held()
    {
        using var broker = new FakeBroker();
        var log = broker.AddTopic("t", 1)[0];
        using var client = broker.NewClient();
        var producer = client.CreateProducer<Null?, string?>(new ProducerOptions { Linger = TimeSpan.FromMinutes(1) });
        await producer.EnqueueAsync("t", Value("a"), cancellationToken: Token);
        await producer.EnqueueAsync("t", Value("b"), cancellationToken: Token);

        await producer.DisposeAsync();

        Assert.Equal(["a", "b"], log.Values());
        await Assert.ThrowsAsync<ObjectDisposedException>(
            async () => await producer.EnqueueAsync("t", Value("c"), cancellationToken: Token));
        await producer.DisposeAsync();
    }

    [Fact]
    public async Task Failures_that_nobody_was_told_of_are_thrown_by_the_flush_once()
    {
        using var broker = new FakeBroker();
        broker.AddTopic("t", 1);
        using var client = broker.NewClient();
        await using var producer = client.CreateProducer<Null?, string?>();
        broker.Next("/batches", Fault.Answer(400, "invalid-record"));
        for (var i = 0; i < 5; i++)
            await producer.EnqueueAsync("t", Value("a"), cancellationToken: Token);

        var error = await Assert.ThrowsAsync<ProduceException>(() => producer.FlushAsync(Token));
        await producer.FlushAsync(Token);

        Assert.Equal(5, error.FailedRecords);
        Assert.Equal(ErrorCode.InvalidRecord, error.ErrorCode);
        Assert.Equal(new TopicPartition("t", 0), error.TopicPartition);
    }

    [Fact]
    public async Task Disposing_does_not_lose_records_in_silence()
    {
        using var broker = new FakeBroker();
        broker.AddTopic("t", 1);
        using var client = broker.NewClient();
        var producer = client.CreateProducer<Null?, string?>();
        broker.Next("/batches", Fault.Answer(413, "message-too-large"));
        await producer.EnqueueAsync("t", Value("a"), cancellationToken: Token);

        var error = await Assert.ThrowsAsync<ProduceException>(async () => await producer.DisposeAsync());

        Assert.Equal(ErrorCode.MessageTooLarge, error.ErrorCode);
    }

    [Fact]
    public async Task Delivery_handlers_get_a_report_per_record_with_their_state()
    {
        using var broker = new FakeBroker();
        broker.AddTopic("t", 1);
        using var client = broker.NewClient();
        await using var producer = client.CreateProducer<Null?, string?>(new ProducerOptions { Linger = TimeSpan.FromMinutes(1) });
        var reports = new List<DeliveryReport>();

        await producer.EnqueueAsync("t", Value("a") with { Timestamp = DateTimeOffset.FromUnixTimeMilliseconds(1234) }, reports.Add,
            "first", Token);
        await producer.EnqueueAsync("t", Value("b"), null, null, Token);
        await producer.EnqueueAsync("t", Value("c"), reports.Add, "third", Token);
        await producer.FlushAsync(Token);

        Assert.Equal(["first", "third"], reports.Select(report => report.State));
        Assert.Equal(new DeliveryResult("t", 0, 0, 1234), reports[0].Result);
        Assert.Equal(2, reports[1].Result.Offset);
        Assert.All(reports, report => Assert.Null(report.Error));
    }

    [Fact]
    public async Task A_delivery_handler_that_throws_stops_nobody()
    {
        using var broker = new FakeBroker();
        var log = broker.AddTopic("t", 1)[0];
        using var client = broker.NewClient();
        await using var producer = client.CreateProducer<Null?, string?>();

        await producer.EnqueueAsync("t", Value("a"), _ => throw new InvalidOperationException("mine"), null, Token);
        await producer.FlushAsync(Token);
        var result = await producer.ProduceAsync("t", Value("b"), Token);

        Assert.Equal(1, result.Offset);
        Assert.Equal(["a", "b"], log.Values());
    }

    [Fact]
    public async Task Retries_wait_as_long_as_the_broker_asks()
    {
        using var broker = new FakeBroker();
        var log = broker.AddTopic("t", 1)[0];
        var clock = new ManualTime();
        using var client = broker.NewClient(clock);
        await using var producer = client.CreateProducer<Null?, string?>(new ProducerOptions { Linger = TimeSpan.Zero });
        broker.Next("/batches", Fault.Answer(429, "overloaded", retryAfterSeconds: 3));

        var result = producer.ProduceAsync("t", Value("a"), Token);
        await clock.TimerIsSetAsync(TimeSpan.FromSeconds(3), TimeSpan.FromSeconds(3.5));
        clock.Advance(TimeSpan.FromSeconds(2.9));
        Assert.Empty(log.Batches);
        clock.Advance(TimeSpan.FromSeconds(0.6));

        Assert.Equal(0, (await result).Offset);
    }

    [Fact]
    public async Task Records_that_are_not_acknowledged_in_time_fail_and_say_why()
    {
        using var broker = new FakeBroker();
        broker.AddTopic("t", 1);
        var clock = new ManualTime();
        using var client = broker.NewClient(clock);
        await using var producer = client.CreateProducer<Null?, string?>(
            new ProducerOptions { Linger = TimeSpan.Zero, DeliveryTimeout = TimeSpan.FromSeconds(10) });
        broker.Next("/batches", Fault.Answer(429, "overloaded", retryAfterSeconds: 11));

        var result = producer.ProduceAsync("t", Value("a"), Token).AsTask();
        await clock.TimerIsSetAgainAsync(TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(10));
        clock.Advance(TimeSpan.FromSeconds(10));

        var error = await Assert.ThrowsAsync<ProduceException>(() => result);
        Assert.Equal(ErrorCode.DeliveryTimedOut, error.ErrorCode);
        Assert.False(error.MayHaveHappened);
        Assert.Contains("overloaded happened", error.Message, StringComparison.Ordinal);
        clock.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal(0, (await producer.ProduceAsync("t", Value("b"), Token)).Offset);
    }

    [Fact]
    public async Task Cancelling_stops_waiting_but_not_the_record()
    {
        using var broker = new FakeBroker();
        var log = broker.AddTopic("t", 1)[0];
        using var client = broker.NewClient();
        await using var producer = client.CreateProducer<Null?, string?>(new ProducerOptions { Linger = TimeSpan.FromMinutes(1) });
        using var cancel = new CancellationTokenSource();

        var result = producer.ProduceAsync("t", Value("a"), cancel.Token).AsTask();
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => result);
        await producer.FlushAsync(Token);

        Assert.Equal(["a"], log.Values());
    }

    [Fact]
    public async Task Aborting_fails_what_is_held_at_once()
    {
        using var broker = new FakeBroker();
        broker.AddTopic("t", 1);
        using var client = broker.NewClient();
        var producer = client.CreateProducer<Null?, string?>(new ProducerOptions { Linger = TimeSpan.Zero });
        await producer.ProduceAsync("t", Value("established"), Token);
        var stuck = Fault.Hold();
        broker.Next("/batches", stuck);
        var sent = producer.ProduceAsync("t", Value("sent"), Token).AsTask();
        await stuck.Arrived.Task.WaitAsync(Token);

        producer.Abort();

        var error = await Assert.ThrowsAsync<ProduceException>(() => sent);
        Assert.Equal(ErrorCode.Closed, error.ErrorCode);
        Assert.True(error.MayHaveHappened);
        await producer.DisposeAsync();
    }

    [Fact]
    public async Task An_unknown_topic_is_an_error_of_the_call()
    {
        using var broker = new FakeBroker();
        using var client = broker.NewClient();
        await using var producer = client.CreateProducer<Null?, string?>();

        var error = await Assert.ThrowsAsync<ProduceException>(
            async () => await producer.EnqueueAsync("t", Value("a"), cancellationToken: Token));

        Assert.Equal(ErrorCode.UnknownTopic, error.ErrorCode);
        Assert.False(error.IsRetriable);
    }

    [Fact]
    public async Task The_broker_is_asked_to_create_a_topic_only_where_that_is_wanted()
    {
        using var broker = new FakeBroker();
        using var client = broker.NewClient();
        broker.Next("/v1/topics/t/records", new Fault
        {
            Reply = () =>
            {
                broker.AddTopic("t", 3);
                return FakeBroker.Problem(400, "invalid-request");
            },
        });
        await using var strict = client.CreateProducer<Null?, string?>(new ProducerOptions { AllowAutoCreateTopics = false });
        await using var producer = client.CreateProducer<Null?, string?>();

        var error = await Assert.ThrowsAsync<ProduceException>(async () => await strict.ProduceAsync("t", Value("a"), Token));
        var result = await producer.ProduceAsync("t", Value("a"), Token);

        Assert.Equal(ErrorCode.UnknownTopic, error.ErrorCode);
        Assert.Equal(0, result.Offset);
    }

    [Fact]
    public async Task A_topic_that_is_deleted_meanwhile_fails_its_records()
    {
        using var broker = new FakeBroker();
        broker.AddTopic("t", 1);
        using var client = broker.NewClient();
        await using var producer = client.CreateProducer<Null?, string?>();
        await producer.ProduceAsync("t", Value("a"), Token);
        broker.Remove("t");

        var error = await Assert.ThrowsAsync<ProduceException>(async () => await producer.ProduceAsync("t", Value("b"), Token));

        Assert.Equal(ErrorCode.UnknownTopic, error.ErrorCode);
    }

    [Fact]
    public void Options_out_of_range_are_refused()
    {
        using var client = new CloudStreamClient();
        Assert.Throws<ArgumentOutOfRangeException>(() => client.CreateProducer(new ProducerOptions { MaxInFlight = 6 }));
        Assert.Throws<ArgumentOutOfRangeException>(() => client.CreateProducer(new ProducerOptions { BatchBytes = 1 }));
        Assert.Throws<ArgumentOutOfRangeException>(() => client.CreateProducer(new ProducerOptions { BufferBytes = 1 }));
        Assert.Throws<ArgumentException>(() => new CloudStreamClient("ftp://example.com"));
    }

    private static Message<Null?, string?> Value(string text) => new() { Value = text };
}

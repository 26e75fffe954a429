using CloudStream.Client.Tests.Doubles;

namespace CloudStream.Client.Tests.Producing;

/// <summary>Whatever a record waits for, its call ends by the delivery timeout and says what it was.</summary>
public sealed class DeliveryTimeoutTests
{
    private static readonly CancellationToken Token = TestContext.Current.CancellationToken;
    private static readonly TimeSpan Five = TimeSpan.FromSeconds(5);

    [Fact]
    public async Task While_the_topic_is_asked_for_and_nothing_answers()
    {
        using var broker = new FakeBroker();
        broker.AddTopic("t", 1);
        var asked = broker.Next("/topics/t", Fault.Hold());
        var (clock, producer) = NewProducer(broker);

        var result = producer.ProduceAsync("t", Value, Token).AsTask();
        await asked.Arrived.Task.WaitAsync(Token);
        clock.Advance(Five);

        Assert.Contains($"it waited for the partitions of topic t, which {CloudStreamClientOptions.DefaultServer} was asked for",
            (await TimedOutAsync(result)).Message);
        await producer.DisposeAsync();
    }

    [Fact]
    public async Task While_nothing_can_be_connected_to()
    {
        using var broker = new FakeBroker { IsDown = true };
        var (clock, producer) = NewProducer(broker);

        var result = producer.ProduceAsync("t", Value, Token).AsTask();
        await clock.TimerIsSetAsync(TimeSpan.Zero, TimeSpan.FromMilliseconds(4));
        clock.Advance(Five);

        var error = await TimedOutAsync(result);
        Assert.Contains("the partitions of topic t", error.Message);
        Assert.Contains($"No connection to {CloudStreamClientOptions.DefaultServer}", error.Message);
        await producer.DisposeAsync();
    }

    [Fact]
    public async Task While_a_producer_id_is_asked_for()
    {
        using var broker = new FakeBroker();
        broker.AddTopic("t", 1);
        var asked = broker.Next("/producers", Fault.Hold());
        var (clock, producer) = NewProducer(broker);

        var result = producer.ProduceAsync("t", Value, Token).AsTask();
        await asked.Arrived.Task.WaitAsync(Token);
        clock.Advance(Five);

        Assert.Contains($"No producer id came from {CloudStreamClientOptions.DefaultServer}", (await TimedOutAsync(result)).Message);
        await producer.DisposeAsync();
    }

    [Fact]
    public async Task While_the_append_is_not_answered_and_the_record_may_be_in_the_log()
    {
        using var broker = new FakeBroker();
        var log = broker.AddTopic("t", 1)[0];
        var sent = broker.Next("/batches", Fault.Hold());
        var (clock, producer) = NewProducer(broker);

        var result = producer.ProduceAsync("t", Value, Token).AsTask();
        await sent.Arrived.Task.WaitAsync(Token);
        clock.Advance(Five);

        var error = await TimedOutAsync(result);
        Assert.True(error.MayHaveHappened);
        Assert.Contains($"{CloudStreamClientOptions.DefaultServer} did not answer within 5 s", error.Message);
        clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(0, (await producer.ProduceAsync("t", Value, Token)).Offset);
        Assert.Single(log.Batches);
        await producer.DisposeAsync();
    }

    [Fact]
    public async Task While_there_is_no_room_in_the_buffer()
    {
        using var broker = new FakeBroker();
        broker.AddTopic("t", 1);
        var sent = broker.Next("/batches", Fault.Hold());
        var (clock, producer) = NewProducer(broker, options => options.BatchBytes = 1024, options => options.BufferBytes = 1024);
        var large = new Message<Null?, string?> { Value = new string('x', 900) };

        var first = producer.ProduceAsync("t", large, Token).AsTask();
        await sent.Arrived.Task.WaitAsync(Token);
        var second = producer.ProduceAsync("t", large, Token).AsTask();
        Assert.False(second.IsCompleted);
        clock.Advance(Five);

        await TimedOutAsync(first);
        Assert.False((await TimedOutAsync(second)).MayHaveHappened);
        await producer.DisposeAsync();
    }

    [Fact]
    public async Task While_others_before_it_wait_each_for_its_own_time()
    {
        using var broker = new FakeBroker();
        broker.AddTopic("t", 1);
        var firstAsked = broker.Next("/topics/t", Fault.Hold());
        var secondAsked = broker.Next("/topics/t", Fault.Hold());
        var (clock, producer) = NewProducer(broker);

        var first = producer.ProduceAsync("t", Value, Token).AsTask();
        await firstAsked.Arrived.Task.WaitAsync(Token);
        clock.Advance(TimeSpan.FromSeconds(2));
        var second = producer.ProduceAsync("t", Value, Token).AsTask();
        clock.Advance(TimeSpan.FromSeconds(3));
        await TimedOutAsync(first);
        await secondAsked.Arrived.Task.WaitAsync(Token);
        Assert.False(second.IsCompleted);
        clock.Advance(TimeSpan.FromSeconds(2));

        await TimedOutAsync(second);
        await producer.DisposeAsync();
    }

    [Fact]
    public async Task The_time_that_a_record_waited_before_it_was_in_a_batch_counts()
    {
        using var broker = new FakeBroker();
        broker.AddTopic("t", 1);
        var asked = broker.Next("/topics/t", Fault.Hold());
        var sent = broker.Next("/batches", Fault.Hold());
        var (clock, producer) = NewProducer(broker);

        var result = producer.ProduceAsync("t", Value, Token).AsTask();
        await asked.Arrived.Task.WaitAsync(Token);
        clock.Advance(TimeSpan.FromSeconds(4));
        asked.Gate!.SetResult();
        await sent.Arrived.Task.WaitAsync(Token);
        clock.Advance(TimeSpan.FromSeconds(1));

        Assert.Contains("did not answer within 1 s", (await TimedOutAsync(result)).Message);
        await producer.DisposeAsync();
    }

    [Fact]
    public async Task Records_behind_a_long_pause_fail_in_their_time_too()
    {
        using var broker = new FakeBroker();
        broker.AddTopic("t", 1);
        broker.Next("/batches", Fault.Answer(429, "overloaded", retryAfterSeconds: 60));
        var (clock, producer) = NewProducer(broker);

        var first = producer.ProduceAsync("t", Value, Token).AsTask();
        await clock.TimerIsSetAgainAsync(Five, Five);
        clock.Advance(TimeSpan.FromSeconds(1));
        var second = producer.ProduceAsync("t", Value, Token).AsTask();
        clock.Advance(TimeSpan.FromSeconds(4));
        await TimedOutAsync(first);
        await clock.TimerIsSetAsync(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(1));
        clock.Advance(TimeSpan.FromSeconds(1));

        Assert.Contains("overloaded happened", (await TimedOutAsync(second)).Message);
        await producer.DisposeAsync();
    }

    [Fact]
    public async Task Of_a_server_that_takes_connections_and_never_answers()
    {
        using var server = new SilentServer();
        using var client = server.NewClient();
        await using var producer = client.CreateProducer<Null?, string?>(
            new ProducerOptions { DeliveryTimeout = TimeSpan.FromMilliseconds(300) });

        // A request may take 40 s: had it to end first, this would be over before.
        var error = await TimedOutAsync(producer.ProduceAsync("t", Value, Token).AsTask().WaitAsync(TimeSpan.FromSeconds(30), Token));

        Assert.Contains($"which {server.Address} was asked for", error.Message);
    }

    private static Message<Null?, string?> Value => new() { Value = "a" };

    private static (ManualTime Clock, Producer<Null?, string?> Producer) NewProducer(
        FakeBroker broker, params Action<ProducerOptions>[] changes)
    {
        var clock = new ManualTime();
        var options = new ProducerOptions { Linger = TimeSpan.Zero, DeliveryTimeout = Five, CloseTimeout = TimeSpan.Zero };
        foreach (var change in changes)
            change(options);
        return (clock, broker.NewClient(clock).CreateProducer<Null?, string?>(options));
    }

    private static async Task<ProduceException> TimedOutAsync(Task result)
    {
        var error = await Assert.ThrowsAsync<ProduceException>(() => result);
        Assert.Equal(ErrorCode.DeliveryTimedOut, error.ErrorCode);
        return error;
    }
}

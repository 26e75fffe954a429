using CloudStream.Client.Tests.Doubles;

namespace CloudStream.Client.Tests;

/// <summary>What is disposed while the server is away ends in the documented time, synchronously and asynchronously.</summary>
public sealed class ClosingTests
{
    private static readonly CancellationToken Token = TestContext.Current.CancellationToken;
    private static readonly TimeSpan Five = TimeSpan.FromSeconds(5);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_producer_gives_up_after_its_close_timeout_and_says_what_was_not_delivered(bool isSynchronous)
    {
        using var broker = new FakeBroker();
        broker.AddTopic("t", 1);
        var clock = new ManualTime();
        using var client = broker.NewClient(clock);
        var producer = client.CreateProducer<Null?, string?>(new ProducerOptions { Linger = TimeSpan.FromMinutes(1) });
        await producer.EnqueueAsync("t", new Message<Null?, string?> { Value = "nobody is told" }, cancellationToken: Token);
        var told = producer.ProduceAsync("t", new Message<Null?, string?> { Value = "told" }, Token).AsTask();
        broker.IsDown = true;

        var closing = Task.Run(async () =>
        {
            if (isSynchronous)
                producer.Dispose();
            else
                await producer.DisposeAsync();
        });
        await clock.TimerIsSetAsync(Five, Five);
        await clock.TimerIsSetAsync(TimeSpan.Zero, TimeSpan.FromMilliseconds(4));
        clock.Advance(Five);

        var error = await Assert.ThrowsAsync<ProduceException>(() => closing);
        Assert.Equal((ErrorCode.Closed, 1L), (error.ErrorCode, error.FailedRecords));
        Assert.Contains("waited for 5 s (CloseTimeout)", error.Message);
        Assert.Contains($"No connection to {CloudStreamClientOptions.DefaultServer}", error.Message);
        Assert.Equal(ErrorCode.Closed, (await Assert.ThrowsAsync<ProduceException>(() => told)).ErrorCode);
    }

    [Fact]
    public async Task Calls_that_wait_for_a_topic_end_when_the_producer_is_aborted()
    {
        using var server = new SilentServer();
        using var client = server.NewClient();
        await using var producer = client.CreateProducer<Null?, string?>();
        var first = producer.ProduceAsync("t", new Message<Null?, string?> { Value = "a" }, Token).AsTask();
        var second = producer.ProduceAsync("t", new Message<Null?, string?> { Value = "b" }, Token).AsTask();

        producer.Abort();

        Assert.Equal(ErrorCode.Closed, (await Assert.ThrowsAsync<ProduceException>(() => first)).ErrorCode);
        Assert.Equal(ErrorCode.Closed, (await Assert.ThrowsAsync<ProduceException>(() => second)).ErrorCode);
    }

    [Fact]
    public async Task Everything_of_a_silent_server_is_disposed_without_waiting_for_its_answers()
    {
        using var server = new SilentServer();
        var client = server.NewClient();
        var producer = client.CreateProducer<Null?, string?>(new ProducerOptions { CloseTimeout = TimeSpan.FromMilliseconds(100) });
        var consumer = client.CreateConsumer<Null?, string?>();
        var member = client.CreateGroupConsumer<Null?, string?>("g");
        using var stop = new CancellationTokenSource();
        var produced = producer.ProduceAsync("t", new Message<Null?, string?> { Value = "a" }, Token).AsTask();
        consumer.Assign(new TopicPartitionOffset("t", 0, Offset.Beginning));
        var consumed = consumer.ConsumeAsync(stop.Token).GetAsyncEnumerator(stop.Token);
        var reading = consumed.MoveNextAsync().AsTask();
        member.Subscribe("t");
        var joined = member.ConsumeAsync(stop.Token).GetAsyncEnumerator(stop.Token);
        var joining = joined.MoveNextAsync().AsTask();

        // Requests may take 40 s; none of them is waited for.
        await Task.Run(
            () =>
            {
                member.Dispose();
                consumer.Dispose();
                producer.Dispose();
                client.Dispose();
            },
            Token).WaitAsync(TimeSpan.FromSeconds(30), Token);

        await Assert.ThrowsAsync<ProduceException>(() => produced);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<Exception>(() => reading);
        await Assert.ThrowsAnyAsync<Exception>(() => joining);
    }

    [Fact]
    public async Task A_member_of_a_group_gives_up_committing_and_leaving_after_five_seconds()
    {
        await using var host = new BrokerHost();
        await host.StartAsync();
        string topic;
        using (var other = host.NewClient())
        {
            topic = await host.NewTopicAsync(other);
            await using var producer = other.CreateProducer<Null?, string?>();
            await producer.ProduceAsync(topic, new Message<Null?, string?> { Value = "a" }, Token);
        }

        var clock = new ManualTime();
        using var client = new CloudStreamClient(new CloudStreamClientOptions { Server = host.Address, TimeProvider = clock });
        var options = new GroupConsumerOptions { AutoOffsetReset = AutoOffsetReset.Earliest, AutoCommitInterval = TimeSpan.FromMinutes(1) };
        var member = client.CreateGroupConsumer<Null?, string?>("g", options);
        member.Subscribe(topic);
        await using (var reading = member.ConsumeAsync(Token).GetAsyncEnumerator(Token))
            Assert.True(await reading.MoveNextAsync());
        member.Bytes.StoreOffset(member.Assignment[0]);
        await host.StopAsync();

        var closing = Task.Run(member.Dispose, Token);
        await clock.TimerIsSetAsync(Five, Five);
        await clock.TimerIsSetAsync(TimeSpan.Zero, TimeSpan.FromMilliseconds(50));
        clock.Advance(Five);

        await closing.WaitAsync(TimeSpan.FromSeconds(30), Token);
        await host.StartAsync();
    }
}

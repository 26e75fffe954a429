using CloudStream.Client.Tests.Doubles;

namespace CloudStream.Client.Tests.Groups;

/// <summary>The broker goes away in the middle and comes back on the same stores.</summary>
public sealed class GroupRestartTests
{
    private static readonly CancellationToken Token = TestContext.Current.CancellationToken;

    [Theory(Skip = "Hangs now and then: after the restart a ghost member can stay, and heartbeats do not wait. To be mended.")]
    [InlineData("range")]
    [InlineData("cooperative-sticky")]
    public async Task Members_join_again_by_themselves_and_no_record_is_skipped_while_the_broker_restarts(string assignor)
    {
        const int Count = 9_000;
        await using var host = new BrokerHost();
        await host.StartAsync();
        using var client = host.NewClient();
        var topic = await host.NewTopicAsync(client, 4);
        using var enough = CancellationTokenSource.CreateLinkedTokenSource(Token);
        var seen = new SeenOnce(Count, enough);

        Task[] reading = [ReadAsync(), ReadAsync()];
        await using var producer = client.CreateProducer<int, int>(
            new ProducerOptions { BatchBytes = 2 * 1024, Linger = TimeSpan.FromMilliseconds(1) });
        for (var i = 0; i < Count; i++)
        {
            if (i is 3_000 or 6_000)
            {
                await host.StopAsync();
                await host.StartAsync();
            }

            await producer.EnqueueAsync(topic, new Message<int, int> { Key = i % 50, Value = i }, cancellationToken: Token);
        }

        await producer.FlushAsync(Token);
        await seen.All.WaitAsync(Token);
        await Task.WhenAll(reading);

        Assert.Equal(Enumerable.Range(0, Count), seen.Values);

        async Task ReadAsync()
        {
            var options = GroupConsumerTests.Options();
            options.Reading.StopAtEnd = false;
            options.PartitionAssignmentStrategy = [assignor];
            options.AutoCommitInterval = TimeSpan.FromMilliseconds(50);
            await using var consumer = client.CreateGroupConsumer<int, int>("g", options);
            consumer.Subscribe(topic);
            try
            {
                await foreach (var result in consumer.ConsumeAsync(enough.Token))
                    seen.Add(result.Value);
            }
            catch (OperationCanceledException) when (enough.IsCancellationRequested)
            {
                // All is read.
            }
        }
    }
}

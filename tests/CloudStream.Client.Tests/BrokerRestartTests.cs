using CloudStream.Client.Tests.Doubles;

namespace CloudStream.Client.Tests;

/// <summary>The broker goes away in the middle and comes back on the same stores.</summary>
public sealed class BrokerRestartTests
{
    private static readonly CancellationToken Token = TestContext.Current.CancellationToken;

    [Fact]
    public async Task Nothing_is_lost_doubled_or_reordered_while_the_broker_restarts_under_producer_and_consumer()
    {
        await using var host = new BrokerHost();
        await host.StartAsync();
        using var client = host.NewClient();
        var topic = await host.NewTopicAsync(client, 3);
        await using var producer = client.CreateProducer<int, int>(
            new ProducerOptions { BatchBytes = 2 * 1024, Linger = TimeSpan.FromMilliseconds(1) });
        await using var consumer = client.CreateConsumer<int, int>(new ConsumerOptions { FetchBytes = 16 * 1024 });
        await consumer.AssignAsync(topic, Offset.Beginning, Token);

        const int Count = 30_000;
        var producing = Task.Run(
            async () =>
            {
                for (var i = 0; i < Count; i++)
                {
                    if (i is 10_000 or 20_000)
                        await RestartAsync();
                    await producer.EnqueueAsync(topic, new Message<int, int> { Key = i % 50, Value = i }, cancellationToken: Token);
                }

                await producer.FlushAsync(Token);
            },
            Token);

        var last = new int[50];
        Array.Fill(last, -1);
        var read = 0;
        await foreach (var result in consumer.ConsumeAsync(Token))
        {
            Assert.Equal(last[result.Key] < 0 ? result.Key : last[result.Key] + 50, result.Value);
            last[result.Key] = result.Value;
            if (++read == Count)
                break;
        }

        await producing;
        var partitions = await client.Admin.DescribeTopicAsync(topic, Token);
        Assert.Equal(Count, partitions.Partitions.Sum(partition => partition.HighWatermark));

        async Task RestartAsync()
        {
            await host.StopAsync();
            await host.StartAsync();
        }
    }
}

using CloudStream.Client.Admin;
using CloudStream.Client.DependencyInjection;
using CloudStream.Client.Tests.Doubles;
using Microsoft.Extensions.DependencyInjection;

namespace CloudStream.Client.Tests;

/// <summary>The SDK in a service collection, against a real broker.</summary>
public sealed class DependencyInjectionTests(BrokerHost host) : IClassFixture<BrokerHost>
{
    private static readonly CancellationToken Token = TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_producer_and_a_group_consumer_work_as_they_are_configured_and_end_with_their_container()
    {
        var group = $"g-{Guid.NewGuid():n}";
        string topic;
        using (var client = host.NewClient())
            topic = await host.NewTopicAsync(client, 1);
        var services = new ServiceCollection();
        services.AddCloudStream(options => options.Server = host.Address);
        services.AddCloudStreamProducer<int, string>();
        services.AddCloudStreamGroupConsumer<int, string>(group, [topic], options =>
        {
            options.AutoOffsetReset = AutoOffsetReset.Earliest;
            options.ClientId = "injected";
        });

        await using (var provider = services.BuildServiceProvider())
        {
            await provider.GetRequiredService<Producer<int, string>>().ProduceAsync(
                topic, new Message<int, string> { Key = 1, Value = "pear" }, Token);
            var consumer = provider.GetRequiredService<GroupConsumer<int, string>>();
            Assert.Same(consumer, provider.GetRequiredService<GroupConsumer<int, string>>());
            Assert.Equal((group, ""), (consumer.GroupId, consumer.MemberId));
            await using var reading = consumer.ConsumeAsync(Token).GetAsyncEnumerator(Token);
            Assert.True(await reading.MoveNextAsync());
            Assert.Equal("pear", reading.Current.Value);
            consumer.Bytes.StoreOffset(reading.Current.TopicPartitionOffset);
            var described = await provider.GetRequiredService<AdminClient>().DescribeGroupAsync(group, Token);
            Assert.Equal(["injected"], described.Members.Select(m => m.ClientId));
        }

        using var later = host.NewClient();
        var left = await later.Admin.DescribeGroupAsync(group, Token);
        Assert.Equal(("Empty", 0L), (left.State, left.Lag));
        Assert.Equal(1, left.Partitions.Single().CommittedOffset);
    }

    [Fact]
    public async Task A_container_that_is_disposed_synchronously_delivers_and_leaves_the_group()
    {
        var group = $"g-{Guid.NewGuid():n}";
        using var client = host.NewClient();
        var topic = await host.NewTopicAsync(client, 1);
        var services = new ServiceCollection();
        services.AddCloudStream(options => options.Server = host.Address);
        services.AddCloudStreamProducer<int, string>();
        services.AddCloudStreamGroupConsumer<int, string>(group, [topic], options => options.AutoOffsetReset = AutoOffsetReset.Earliest);
        var provider = services.BuildServiceProvider();
        var producer = provider.GetRequiredService<Producer<int, string>>();
        await producer.ProduceAsync(topic, new Message<int, string> { Key = 1, Value = "pear" }, Token);
        await using (var reading = provider.GetRequiredService<GroupConsumer<int, string>>().ConsumeAsync(Token).GetAsyncEnumerator(Token))
            Assert.True(await reading.MoveNextAsync());
        await producer.EnqueueAsync(topic, new Message<int, string> { Key = 1, Value = "held" }, cancellationToken: Token);

        await Task.Run(provider.Dispose, Token);

        Assert.Equal("Empty", (await client.Admin.DescribeGroupAsync(group, Token)).State);
        Assert.Equal(2, (await client.Admin.GetWatermarksAsync(new TopicPartition(topic, 0), Token)).High);
    }
}

using CloudStream.Client.Tests.Doubles;

namespace CloudStream.Client.Tests.Samples;

public sealed class SamplesRunTests
{
    [Fact]
    public async Task The_samples_do_what_they_say()
    {
        await using var host = new BrokerHost();
        await host.StartAsync();
        using var client = host.NewClient();

        using (var sample = ReadmeSamples.Connect())
            Assert.NotNull(sample.Admin);
        await ReadmeSamples.AdminAsync(client);
        await ReadmeSamples.ProduceAsync(client);
        await ReadmeSamples.ProduceManyAsync(client);
        await ReadmeSamples.SeekAsync(client);
        await ReadmeSamples.JsonAsync(client);
        await ReadmeSamples.InjectAsync(host.Address);
        Assert.Equal(ErrorCode.UnknownTopic, await ReadmeSamples.ErrorsAsync(client));

        // "two apples", 100,000 times "order N".
        Assert.Equal(10 + (100_000 * 6) + 488_890, await ReadmeSamples.BatchesAsync(client));
        using var stop = new CancellationTokenSource();
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => ReadmeSamples.ConsumeAsync(client, stop));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => ReadmeSamples.GroupAsync(client, stop));
        await client.Admin.AlterGroupOffsetsAsync("billing", [new TopicPartitionOffset("orders", 0, 1)]);
        await ReadmeSamples.GroupAdminAsync(client);
    }
}

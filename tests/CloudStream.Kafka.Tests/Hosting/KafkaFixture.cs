using CloudStream.Kafka.Messages;

namespace CloudStream.Kafka.Tests.Hosting;

/// <summary>One host for the tests of a class; every test makes its own topics.</summary>
public sealed class KafkaFixture : IAsyncLifetime
{
    private int _topics;

    internal KafkaHost Host { get; private set; } = null!;

    public async ValueTask InitializeAsync() => Host = await KafkaHost.StartAsync();

    public ValueTask DisposeAsync() => Host.DisposeAsync();

    internal Task<WireClient> ConnectAsync() => Host.ConnectAsync();

    internal async Task<string> NewTopicAsync(WireClient client, int partitions = 1, params (string Name, string? Value)[] config)
    {
        var name = $"t{Interlocked.Increment(ref _topics)}";
        Assert.Equal(0, (await client.AskAsync<CreateTopicsResponse>(Ask.CreateTopic(name, partitions, 1, config), 5)).Topics[0].ErrorCode);
        return name;
    }
}

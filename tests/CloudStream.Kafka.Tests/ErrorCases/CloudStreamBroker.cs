using CloudStream.Kafka.Tests.Hosting;

namespace CloudStream.Kafka.Tests.ErrorCases;

/// <summary>One broker for all cases, set as the one of Apache Kafka: the same id, and groups form at once.</summary>
public sealed class CloudStreamBroker : IAsyncLifetime
{
    internal KafkaHost Host { get; private set; } = null!;

    public async ValueTask InitializeAsync() => Host = await KafkaHost.StartAsync(broker: static o =>
    {
        o.BrokerId = 1;
        o.Settings["group.initial.rebalance.delay.ms"] = "0";
    });

    public ValueTask DisposeAsync() => Host.DisposeAsync();
}

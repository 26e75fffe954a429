using Confluent.Kafka;

namespace ConfluentMatrix.Scenarios;

internal static class Idempotent
{
    public static async Task RunAsync(Broker broker, string prefix)
    {
        string topic = $"{prefix}-once";
        await broker.CreateAsync(topic, 3);
        // Two identities, one after the other: each one's sequences begin with 0. Small batches, five in flight.
        foreach (int first in (int[])[0, 20_000])
            broker.Produce(topic, first, first + 20_000, Configure);
        broker.ReadAll(topic, $"{prefix}-reader", 40_000, 3);
    }

    private static void Configure(ProducerConfig config)
    {
        config.EnableIdempotence = true;
        config.BatchNumMessages = 100;
        config.MaxInFlight = 5;
    }
}

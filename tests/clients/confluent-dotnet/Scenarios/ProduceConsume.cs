using Confluent.Kafka;

namespace ConfluentMatrix.Scenarios;

internal static class ProduceConsume
{
    public static async Task RunAsync(Broker broker, string prefix)
    {
        string topic = $"{prefix}-records";
        await broker.CreateAsync(topic, 6);
        broker.Produce(topic, 0, Records.Count, config => config.Acks = Acks.All);
        broker.ReadAll(topic, $"{prefix}-reader", Records.Count, 6);
    }
}

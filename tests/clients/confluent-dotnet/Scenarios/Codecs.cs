using Confluent.Kafka;

namespace ConfluentMatrix.Scenarios;

internal static class Codecs
{
    public static async Task RunAsync(Broker broker, string prefix)
    {
        foreach (CompressionType codec in Enum.GetValues<CompressionType>())
        {
            string topic = $"{prefix}-{codec}";
            await broker.CreateAsync(topic, 2);
            broker.Produce(topic, 0, 2000, config => config.CompressionType = codec);
            broker.ReadAll(topic, $"{topic}-reader", 2000, 2);
        }
    }
}

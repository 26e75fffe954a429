using Confluent.Kafka;
using Confluent.Kafka.Admin;

namespace ConfluentMatrix.Scenarios;

internal static class Errors
{
    public static async Task RunAsync(Broker broker, string prefix)
    {
        string topic = $"{prefix}-small";
        await broker.CreateAsync(topic, 1, new Dictionary<string, string> { ["max.message.bytes"] = "2000" });
        await ProducingAsync(broker, prefix, topic);
        PositionBeyondTheEnd(broker, prefix, topic);
        using IAdminClient admin = broker.Admin();
        await Check.RefusedAsync(ErrorCode.TopicException, () => CreateAsync(admin, "not a topic name!"), "an invalid topic name");
        await Check.RefusedAsync(ErrorCode.InvalidConfig, () => CreateAsync(admin, $"{prefix}-bad", ("retention.ms", "soon")),
            "a bad value");
        await Check.RefusedAsync(ErrorCode.InvalidConfig, () => CreateAsync(admin, $"{prefix}-bad", ("no.such.config", "1")),
            "an unknown configuration");
        await Check.RefusedAsync(ErrorCode.UnknownTopicOrPart, () => admin.DeleteTopicsAsync([$"{prefix}-unknown"]),
            "deleting an unknown topic");
    }

    private static async Task ProducingAsync(Broker broker, string prefix, string topic)
    {
        using IProducer<string, string> producer = broker.Producer(config =>
        {
            config.AllowAutoCreateTopics = false;
            config.Set("topic.metadata.propagation.max.ms", "100");
        });
        await Check.RefusedAsync(ErrorCode.UnknownTopicOrPart,
            () => producer.ProduceAsync($"{prefix}-unknown", new Message<string, string> { Value = "v" }), "produce to an unknown topic");
        await Check.RefusedAsync(ErrorCode.MsgSizeTooLarge,
            () => producer.ProduceAsync(topic, new Message<string, string> { Value = new string('v', 5000) }), "too large a message");
        DeliveryResult<string, string> accepted = await producer.ProduceAsync(
            topic, new Message<string, string> { Value = "small enough" });
        Check.Same(0, accepted.Offset.Value, "offset after a refusal");
    }

    private static void PositionBeyondTheEnd(Broker broker, string prefix, string topic)
    {
        using IConsumer<string, string> lenient = broker.Consumer($"{prefix}-lenient");
        lenient.Assign(new TopicPartitionOffset(topic, 0, 1000));
        Broker.Read(lenient, record => record.Offset.Value == 0, "the first record after the reset");

        using IConsumer<string, string> strict = broker.Consumer(
            $"{prefix}-strict", config => config.AutoOffsetReset = AutoOffsetReset.Error);
        strict.Assign(new TopicPartitionOffset(topic, 0, 1000));
        ErrorCode code = ErrorCode.NoError;
        try
        {
            Broker.Read(strict, _ => true, "a record");
        }
        catch (ConsumeException e)
        {
            code = e.Error.Code;
        }

        Check.Same(ErrorCode.Local_AutoOffsetReset, code, "a position beyond the end without a reset policy");
    }

    private static Task CreateAsync(IAdminClient admin, string topic, params (string Name, string Value)[] configs) =>
        admin.CreateTopicsAsync(
            [new TopicSpecification
            {
                Name = topic,
                NumPartitions = 1,
                ReplicationFactor = 1,
                Configs = configs.ToDictionary(c => c.Name, c => c.Value)
            }]);
}

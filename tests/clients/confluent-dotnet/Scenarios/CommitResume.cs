using Confluent.Kafka;

namespace ConfluentMatrix.Scenarios;

internal static class CommitResume
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);

    public static async Task RunAsync(Broker broker, string prefix)
    {
        string topic = $"{prefix}-resumed";
        await broker.CreateAsync(topic, 1);
        using (IProducer<string, string> producer = broker.Producer())
        {
            for (int n = 0; n < 100; n++)
                producer.Produce(topic, new Message<string, string> { Value = $"v{n}" });
            producer.Flush(Limit);
        }

        Check.Same(40, Read(broker, $"{prefix}-a", topic, "v39", commit: true).Count, "records before the commit");
        Check.Same(40, Committed(broker, $"{prefix}-a", topic), "committed");
        Check.Same(Offset.Unset.Value, Committed(broker, $"{prefix}-unknown", topic), "a group that never committed");

        Check.Same("v40 60", Summary(Read(broker, $"{prefix}-a", topic, "v99", commit: false)), "after the commit");
        Check.Same("v40 60", Summary(Read(broker, $"{prefix}-a", topic, "v99", commit: true)),
            "what was read without a commit is read again");
        Check.Same("v0 100", Summary(Read(broker, $"{prefix}-b", topic, "v99", commit: false)), "another group");
    }

    private static string Summary(List<string> values) => $"{values[0]} {values.Count}";

    private static long Committed(Broker broker, string group, string topic)
    {
        using IConsumer<string, string> consumer = broker.Consumer(group);
        return consumer.Committed([new TopicPartition(topic, 0)], Limit)[0].Offset.Value;
    }

    /// <summary>Reads values in order up to <paramref name="until"/>, commits there if asked to, and leaves.</summary>
    private static List<string> Read(Broker broker, string group, string topic, string until, bool commit)
    {
        var values = new List<string>();
        using IConsumer<string, string> consumer = broker.Consumer(group);
        consumer.Subscribe(topic);
        Broker.Read(
            consumer,
            record =>
            {
                values.Add(record.Message.Value);
                if (record.Message.Value != until)
                    return false;
                if (commit)
                    consumer.Commit(record);
                return true;
            },
            $"{group} reads up to {until}");
        consumer.Close();
        return values;
    }
}

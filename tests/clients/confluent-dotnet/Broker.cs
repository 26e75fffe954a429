using Confluent.Kafka;
using Confluent.Kafka.Admin;

namespace ConfluentMatrix;

/// <summary>Clients of one endpoint, with settings that do not make a test wait, and those that all of them share.</summary>
internal sealed class Broker(string bootstrap, Action<ClientConfig>? shared = null)
{
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(40);

    public string Bootstrap => bootstrap;

    public IAdminClient Admin()
    {
        var config = new AdminClientConfig { BootstrapServers = bootstrap };
        shared?.Invoke(config);
        return new AdminClientBuilder(config).SetLogHandler((_, _) => { }).Build();
    }

    public IProducer<string, string> Producer(Action<ProducerConfig>? configure = null)
    {
        var config = new ProducerConfig
        {
            BootstrapServers = bootstrap,
            LingerMs = 5,
            Partitioner = Partitioner.Murmur2Random,
            QueueBufferingMaxMessages = 200_000
        };
        shared?.Invoke(config);
        configure?.Invoke(config);
        return new ProducerBuilder<string, string>(config).SetLogHandler((_, _) => { }).SetErrorHandler((_, _) => { }).Build();
    }

    public IConsumer<string, string> Consumer(string group, Action<ConsumerConfig>? configure = null)
    {
        var config = new ConsumerConfig
        {
            BootstrapServers = bootstrap,
            GroupId = group,
            AutoOffsetReset = AutoOffsetReset.Earliest,
            EnableAutoCommit = false,
            SessionTimeoutMs = 10_000,
            HeartbeatIntervalMs = 200,
            FetchWaitMaxMs = 100,
        };
        shared?.Invoke(config);
        configure?.Invoke(config);
        return new ConsumerBuilder<string, string>(config).SetLogHandler((_, _) => { }).SetErrorHandler((_, _) => { }).Build();
    }

    /// <summary>Makes a topic and waits for its leaders.</summary>
    public async Task CreateAsync(string topic, int partitions, Dictionary<string, string>? configs = null)
    {
        using IAdminClient admin = Admin();
        await admin.CreateTopicsAsync(
            [new TopicSpecification { Name = topic, NumPartitions = partitions, ReplicationFactor = 1, Configs = configs }]);
        await Check.EventuallyAsync(
            () =>
            {
                List<PartitionMetadata> described = admin.GetMetadata(topic, Limit).Topics[0].Partitions;
                return Task.FromResult(described.Count == partitions && described.All(p => p.Leader >= 0)
                    ? null
                    : $"{described.Count} partitions");
            },
            $"{topic} has leaders");
    }

    /// <summary>
    /// Sends records <paramref name="first"/> up to <paramref name="end"/>, in order, and waits until all are acknowledged; for the first
    /// one alone before the second is sent, as librdkafka may change the order of what it gets before it knows the topic's partitions.
    /// </summary>
    public void Produce(string topic, int first, int end, Action<ProducerConfig>? configure = null)
    {
        Error? failure = null;
        int acknowledged = 0;
        // While Flush runs, reports come on two threads; after the end of the block none is left.
        using (IProducer<string, string> producer = Producer(configure))
        {
            for (int n = first; n < end; n++)
            {
                while (!TryProduce(producer, topic, n, Reported))
                    producer.Poll(Poll);
                if (n == first)
                    producer.Flush(Limit);
            }

            producer.Flush(Limit);
        }

        Check.That(failure is null, $"a record was refused: {failure}");
        Check.Same(end - first, acknowledged, "acknowledged records");

        void Reported(DeliveryReport<string, string> report)
        {
            Interlocked.Increment(ref acknowledged);
            if (report.Error.IsError)
                failure ??= report.Error;
        }
    }

    private static bool TryProduce(IProducer<string, string> producer, string topic, int n, Action<DeliveryReport<string, string>> report)
    {
        try
        {
            producer.Produce(topic, Records.At(n), report);
            return true;
        }
        catch (ProduceException<string, string> e) when (e.Error.Code == ErrorCode.Local_QueueFull)
        {
            return false;
        }
    }

    /// <summary>Reads until <paramref name="done"/> is true of a record.</summary>
    public static void Read(IConsumer<string, string> consumer, Predicate<ConsumeResult<string, string>> done, string what)
    {
        DateTime until = DateTime.UtcNow + Limit;
        while (true)
        {
            ConsumeResult<string, string>? record = consumer.Consume(Poll);
            if (record is not null && done(record))
                return;
            Check.That(DateTime.UtcNow < until, $"{what}: not in time");
        }
    }

    /// <summary>Reads a topic from its beginning and checks all of it.</summary>
    public void ReadAll(string topic, string group, int records, int partitions)
    {
        var reading = new Records(records);
        using IConsumer<string, string> consumer = Consumer(group);
        consumer.Subscribe(topic);
        Read(
            consumer,
            record =>
            {
                reading.See(record);
                return reading.Complete;
            },
            $"{topic} is read");
        consumer.Close();
        reading.Finish(partitions);
    }
}

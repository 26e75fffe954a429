using System.Buffers;
using System.Text;
using CloudStream.Kafka.Messages;
using CloudStream.Records;

namespace CloudStream.Kafka.Tests.Hosting;

/// <summary>Requests as tests need them.</summary>
internal static class Ask
{
    private static readonly long s_now = TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds();

    public static byte[] Batch(params string[] values) => Batch(new RecordBatchOptions(), values);

    public static byte[] Batch(RecordBatchOptions options, params string[] values)
    {
        using var builder = new RecordBatchBuilder(options);
        foreach (var value in values)
            builder.Append(s_now, (byte[]?)null, Encoding.UTF8.GetBytes(value));
        return builder.Build().ToArray();
    }

    public static ProduceRequest Produce(string topic, int partition, byte[] records, short acks = -1, int timeoutMs = 30_000) => new()
    {
        Acks = acks,
        TimeoutMs = timeoutMs,
        TopicData = [new() { Name = topic, PartitionData = [new() { Index = partition, Records = new ReadOnlySequence<byte>(records) }] }],
    };

    public static FetchRequest Fetch(string topic, int partition, long offset, int maxWaitMs = 0, int minBytes = 1,
        int maxBytes = 1_000_000, int partitionMaxBytes = 1_000_000) => new()
        {
            MaxWaitMs = maxWaitMs,
            MinBytes = minBytes,
            MaxBytes = maxBytes,
            Topics = [Part(topic, partition, offset, partitionMaxBytes)],
        };

    public static FetchRequest.FetchTopic Part(string topic, int partition, long offset, int maxBytes = 1_000_000) => new()
    {
        Topic = topic,
        Partitions = [new() { Partition = partition, FetchOffset = offset, PartitionMaxBytes = maxBytes }],
    };

    public static CreateTopicsRequest CreateTopic(
        string name, int partitions = 1, short replicas = 1, params (string Name, string? Value)[] config) => new()
        {
            Topics = [new()
            {
                Name = name,
                NumPartitions = partitions,
                ReplicationFactor = replicas,
                Configs = [.. config.Select(c => new CreateTopicsRequest.CreatableTopicConfig { Name = c.Name, Value = c.Value })]
            }],
        };

    /// <summary>The values of the records in a fetched partition.</summary>
    public static List<string> Values(FetchResponse.PartitionData partition)
    {
        var values = new List<string>();
        foreach (var piece in partition.Records!)
        {
            using var reader = RecordBatchReader.Read(piece);
            while (reader.TryRead(out var record))
                values.Add(Encoding.UTF8.GetString(record.Value!.Value.Span));
        }

        return values;
    }
}

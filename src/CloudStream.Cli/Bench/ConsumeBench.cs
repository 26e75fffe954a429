using CloudStream.Cli.Bench.Kafka;
using CloudStream.Client;
using CloudStream.Records;

namespace CloudStream.Cli.Bench;

/// <summary><c>bench consume</c>: the rate at which a topic is read from its beginning to its end.</summary>
internal static class ConsumeBench
{
    private static readonly RecordReaderOptions ReadOptions = new() { VerifyCrc = false, ReleasePassedBatches = true };

    public static async Task<IReadOnlyList<BenchReport>> RunAsync(CloudStreamClient client, BenchRequest request, CancellationToken cancellationToken)
    {
        await using BenchTopic topic = await BenchTopic.OpenAsync(client, request, cancellationToken);
        var reports = new List<BenchReport>();
        if (topic.IsNew)
            reports.Add(await ProduceBench.MeasureAsync(client, topic.Name, request, cancellationToken) with { Name = "produce, to have something to read" });
        reports.Add(request.Kafka is { } kafka
            ? await KafkaConsumeBench.MeasureAsync(kafka, topic.Name, request, cancellationToken)
            : await MeasureAsync(client, topic.Name, request, cancellationToken));
        return reports;
    }

    /// <summary>The name of the measurement.</summary>
    public static string NameOf(BenchRequest request) => request.Decode ? "consume, every record decoded" : "consume, batches";

    /// <summary>Counts records by their batches' headers.</summary>
    public static long Count(ReadOnlySpan<byte> batches)
    {
        long records = 0;
        var each = new RecordBatchEnumerator(batches);
        while (each.MoveNext())
            records += each.Current.RecordCount;
        return records;
    }

    /// <summary>Counts records by looking at each; checksums were looked at before.</summary>
    public static long Decode(ReadOnlyMemory<byte> batches) => Decode(RecordBatchReader.Read(batches, ReadOptions));

    private static async Task<BenchReport> MeasureAsync(CloudStreamClient client, string topic, BenchRequest request, CancellationToken cancellationToken)
    {
        await using Consumer consumer = client.CreateConsumer(new ConsumerOptions { StopAtEnd = true });
        await consumer.AssignAsync(topic, Offset.Beginning, cancellationToken);
        BenchClock clock = await BenchClock.StartAsync(request, cancellationToken);
        long records = 0, bytes = 0;
        await foreach (ConsumedBatches batches in consumer.ConsumeBatchesAsync(cancellationToken))
        {
            bytes += batches.Bytes.Length;
            records += request.Decode ? Decode(batches.OpenRecords()) : Count(batches.Bytes.Span);
        }

        return await clock.StopAsync(NameOf(request), records, bytes, new LatencyHistogram(), cancellationToken);
    }

    private static long Decode(RecordReader opened)
    {
        using RecordReader reader = opened;
        long records = 0;
        while (reader.TryRead(out _))
            records++;
        return records;
    }
}

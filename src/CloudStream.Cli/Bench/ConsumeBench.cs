using CloudStream.Cli.Bench.Kafka;
using CloudStream.Cli.Bench.Measuring;
using CloudStream.Client;

namespace CloudStream.Cli.Bench;

/// <summary><c>bench consume</c>: the rate at which a topic is read from its beginning to its end.</summary>
internal static class ConsumeBench
{
    public static async Task<IReadOnlyList<BenchReport>> RunAsync(
        CloudStreamClient client, BenchRequest request, CancellationToken cancellationToken)
    {
        await using BenchTopic topic = await BenchTopic.OpenAsync(client, request, cancellationToken);
        var reports = new List<BenchReport>();
        if (topic.IsNew)
            reports.Add(await ProduceBench.MeasureAsync(client, topic.Name, request, cancellationToken) with
            {
                Name = "produce, to have something to read"
            });
        reports.Add(request.Kafka is { } kafka
            ? await KafkaConsumeBench.MeasureAsync(kafka, topic.Name, request, cancellationToken)
            : await MeasureAsync(client, topic.Name, request, cancellationToken));
        return reports;
    }

    private static async Task<BenchReport> MeasureAsync(
        CloudStreamClient client, string topic, BenchRequest request, CancellationToken cancellationToken)
    {
        await using Consumer consumer = client.CreateConsumer(new ConsumerOptions { StopAtEnd = true });
        await consumer.AssignAsync(topic, Offset.Beginning, cancellationToken);
        BenchClock clock = await BenchClock.StartAsync(request, cancellationToken);
        long records = 0, bytes = 0;
        await foreach (ConsumedBatches batches in consumer.ConsumeBatchesAsync(cancellationToken))
        {
            bytes += batches.Bytes.Length;
            records += request.Decode ? BatchReading.Decode(batches.OpenRecords()) : BatchReading.Count(batches.Bytes.Span);
        }

        return await clock.StopAsync(BatchReading.NameOf(request), records, bytes, new LatencyHistogram(), cancellationToken);
    }
}

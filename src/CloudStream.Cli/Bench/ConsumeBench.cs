using CloudStream.Client;
using CloudStream.Records;

namespace CloudStream.Cli.Bench;

/// <summary><c>bench consume</c>: the rate at which a topic is read from its beginning to its end.</summary>
internal static class ConsumeBench
{
    public static async Task<IReadOnlyList<BenchReport>> RunAsync(CloudStreamClient client, BenchRequest request, CancellationToken cancellationToken)
    {
        await using BenchTopic topic = await BenchTopic.OpenAsync(client, request, cancellationToken);
        var reports = new List<BenchReport>();
        if (topic.IsNew)
            reports.Add(await ProduceBench.MeasureAsync(client, topic.Name, request, cancellationToken) with { Name = "produce, to have something to read" });
        reports.Add(await MeasureAsync(client, topic.Name, request, cancellationToken));
        return reports;
    }

    private static async Task<BenchReport> MeasureAsync(CloudStreamClient client, string topic, BenchRequest request, CancellationToken cancellationToken)
    {
        await using Consumer consumer = client.CreateConsumer(new ConsumerOptions { StopAtEnd = true });
        await consumer.AssignAsync(topic, Offset.Beginning, cancellationToken);
        BenchClock clock = await BenchClock.StartAsync(request, cancellationToken);
        long records = 0, bytes = 0;
        await foreach (ConsumedBatches batches in consumer.ConsumeBatchesAsync(cancellationToken))
        {
            bytes += batches.Bytes.Length;
            records += request.Decode ? Decode(batches) : Count(batches);
        }

        return await clock.StopAsync(request.Decode ? "consume, every record decoded" : "consume, batches", records, bytes, new LatencyHistogram(), cancellationToken);
    }

    private static long Count(ConsumedBatches batches)
    {
        long records = 0;
        var each = new RecordBatchEnumerator(batches.Bytes.Span);
        while (each.MoveNext())
            records += each.Current.RecordCount;
        return records;
    }

    private static long Decode(ConsumedBatches batches)
    {
        long records = 0;
        using RecordReader reader = batches.OpenRecords();
        while (reader.TryRead(out _))
            records++;
        return records;
    }
}

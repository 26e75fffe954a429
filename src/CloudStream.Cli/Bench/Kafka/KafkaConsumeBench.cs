using CloudStream.Cli.Bench.Measuring;
using CloudStream.Kafka.Face;

namespace CloudStream.Cli.Bench.Kafka;

/// <summary>
/// <c>bench consume --protocol kafka</c>: reads from the beginning to where the end is now, side by side from each broker that leads
/// partitions.
/// </summary>
internal static class KafkaConsumeBench
{
    private const long Earliest = -2, Latest = -1;

    public static async Task<BenchReport> MeasureAsync(
        HostPort broker, string topic, BenchRequest request, CancellationToken cancellationToken)
    {
        using LeaderConnections leaders = await LeaderConnections.FindAsync(broker, topic, cancellationToken);
        long[] starts = await leaders.ListOffsetsAsync(Earliest, cancellationToken);
        long[] ends = await leaders.ListOffsetsAsync(Latest, cancellationToken);
        BenchClock clock = await BenchClock.StartAsync(request, cancellationToken);
        long records = 0, bytes = 0;
        await Task.WhenAll(leaders.Connections.Select(c => new BatchFetcher(leaders, c, starts, ends).RunAsync(Take, cancellationToken)));
        return await clock.StopAsync(BatchReading.NameOf(request), records, bytes, new LatencyHistogram(), cancellationToken);

        void Take(ReadOnlyMemory<byte> batches)
        {
            Interlocked.Add(ref bytes, batches.Length);
            Interlocked.Add(ref records, request.Decode ? BatchReading.Decode(batches) : BatchReading.Count(batches.Span));
        }
    }
}

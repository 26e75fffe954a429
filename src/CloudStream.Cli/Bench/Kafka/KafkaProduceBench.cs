using CloudStream.Cli.Bench.Measuring;
using CloudStream.Kafka.Face;
using CloudStream.Records;
using CloudStream.Records.Compression;

namespace CloudStream.Cli.Bench.Kafka;

/// <summary>
/// <c>bench produce --protocol kafka</c>: batches are finished before the measurement and sent again and again, so that it shows the broker
/// and not the making of batches.
/// </summary>
internal static class KafkaProduceBench
{
    /// <summary>Requests that wait for their answers on one connection: 4 MiB of full batches of the default size.</summary>
    public const int InFlight = 16;

    public static async Task<BenchReport> MeasureAsync(
        HostPort broker, string topic, BenchRequest request, CancellationToken cancellationToken)
    {
        using LeaderConnections leaders = await LeaderConnections.FindAsync(broker, topic, cancellationToken);
        SampleBatches batches = SampleBatches.Of(request);

        // The first records pay for connections and the topic's look-up.
        await StreamAsync(leaders, batches, Math.Max(1, request.WarmUp), InFlight, cancellationToken);
        BenchClock clock = await BenchClock.StartAsync(request, cancellationToken);
        LatencyHistogram latency = await StreamAsync(
            leaders, batches, request.Records, request.Sequential ? 1 : InFlight, cancellationToken);
        return await clock.StopAsync(request.Sequential ? "produce, sequential" : "produce", request.Records,
            request.Records * request.RecordBytes, latency, cancellationToken);
    }

    // Batches go to the partitions in turn.
    private static async Task<LatencyHistogram> StreamAsync(
        LeaderConnections leaders, SampleBatches batches, long records, int inFlight, CancellationToken cancellationToken)
    {
        using var producer = new BatchProducer(leaders, inFlight, cancellationToken);
        int partition = 0;
        for (long left = records; left > 0; partition = (partition + 1) % leaders.Partitions)
        {
            (ReadOnlyMemory<byte> batch, int count) = batches.AtMost(left);
            await producer.SendAsync(partition, batch);
            left -= count;
        }

        return await producer.FinishAsync();
    }

    // A full batch, and the last one, which has what is left over.
    private sealed class SampleBatches
    {
        private readonly SampleValues _values;
        private readonly CompressionType _compression;
        private readonly int _fullCount;
        private readonly byte[] _full;

        private SampleBatches(SampleValues values, CompressionType compression, int fullCount)
        {
            (_values, _compression, _fullCount) = (values, compression, fullCount);
            _full = Build(fullCount);
        }

        public static SampleBatches Of(BenchRequest request)
        {
            long most = (request.BatchBytes - RecordBatchLayout.HeaderBytes) / RecordBatchBuilder.MaxRecordBytes(0, request.RecordBytes);
            return new SampleBatches(new SampleValues(request.RecordBytes), request.Compression,
                request.Sequential ? 1 : (int)Math.Clamp(most, 1, request.Records));
        }

        public (ReadOnlyMemory<byte> Batch, int Count) AtMost(long records) =>
            records >= _fullCount ? (_full, _fullCount) : (Build((int)records), (int)records);

        private byte[] Build(int records)
        {
            long now = TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds();
            using var builder = new RecordBatchBuilder(new RecordBatchOptions { Compression = _compression });
            for (int i = 0; i < records; i++)
                builder.Append(now, (byte[]?)null, _values[i]);
            return builder.Build().ToArray();
        }
    }
}

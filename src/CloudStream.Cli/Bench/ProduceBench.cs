using System.Diagnostics;
using CloudStream.Cli.Bench.Kafka;
using CloudStream.Cli.Bench.Measuring;
using CloudStream.Cli.Shell;
using CloudStream.Client;

namespace CloudStream.Cli.Bench;

/// <summary><c>bench produce</c>: rate and time to acknowledgement.</summary>
internal static class ProduceBench
{
    // Timing every record would cost the client more than the broker needs to take it.
    private const int TimedEvery = 16;

    public static async Task<IReadOnlyList<BenchReport>> RunAsync(
        CloudStreamClient client, BenchRequest request, CancellationToken cancellationToken)
    {
        await using BenchTopic topic = await BenchTopic.OpenAsync(client, request, cancellationToken);
        return [await MeasureAsync(client, topic.Name, request, cancellationToken)];
    }

    /// <summary>Measures on a topic that is there.</summary>
    public static Task<BenchReport> MeasureAsync(
        CloudStreamClient client, string topic, BenchRequest request, CancellationToken cancellationToken) => request.Kafka is { } kafka
            ? KafkaProduceBench.MeasureAsync(kafka, topic, request, cancellationToken)
            : MeasureHttpAsync(client, topic, request, cancellationToken);

    private static async Task<BenchReport> MeasureHttpAsync(
        CloudStreamClient client, string topic, BenchRequest request, CancellationToken cancellationToken)
    {
        await using Producer producer = client.CreateProducer(new ProducerOptions
        {
            Compression = request.Compression,
            BatchBytes = request.BatchBytes,
            Linger = request.Sequential ? TimeSpan.Zero : request.Linger,
        });
        var values = new SampleValues(request.RecordBytes);

        // The first record pays for connections and the topic's look-up.
        await producer.ProduceAsync(topic, new ProduceRecord { Value = values[0] }, cancellationToken);
        await StreamAsync(producer, topic, request.WarmUp, values, cancellationToken);
        BenchClock clock = await BenchClock.StartAsync(request, cancellationToken);
        LatencyHistogram latency = request.Sequential
            ? await SequentialAsync(producer, topic, request.Records, values, cancellationToken)
            : await StreamAsync(producer, topic, request.Records, values, cancellationToken);
        return await clock.StopAsync(request.Sequential ? "produce, sequential" : "produce", request.Records,
            request.Records * request.RecordBytes, latency, cancellationToken);
    }

    private static async Task<LatencyHistogram> SequentialAsync(
        Producer producer, string topic, long records, SampleValues values, CancellationToken cancellationToken)
    {
        var latency = new LatencyHistogram();
        for (long i = 0; i < records; i++)
        {
            long start = Stopwatch.GetTimestamp();
            await producer.ProduceAsync(topic, new ProduceRecord { Value = values[i] }, cancellationToken);
            latency.Record(Stopwatch.GetElapsedTime(start));
        }

        return latency;
    }

    private static async Task<LatencyHistogram> StreamAsync(
        Producer producer, string topic, long records, SampleValues values, CancellationToken cancellationToken)
    {
        var acknowledgements = new Acknowledgements();
        Action<DeliveryReport> onDelivery = acknowledgements.OnDelivery;
        for (long i = 0; i < records; i++)
        {
            object? sentAt = i % TimedEvery == 0 ? new SentAt(Stopwatch.GetTimestamp()) : null;
            await producer.EnqueueAsync(topic, new ProduceRecord { Value = values[i] }, onDelivery, sentAt, cancellationToken);
        }

        await producer.FlushAsync(cancellationToken);
        return acknowledgements.Result();
    }

    private sealed record SentAt(long Timestamp);

    // Partitions deliver side by side.
    private sealed class Acknowledgements
    {
        private readonly Lock _lock = new();
        private readonly LatencyHistogram _latency = new();
        private ProduceException? _failure;

        public void OnDelivery(DeliveryReport report)
        {
            if (report.Error is not null)
                Interlocked.CompareExchange(ref _failure, report.Error, null);
            else if (report.State is SentAt sent)
                Record(Stopwatch.GetElapsedTime(sent.Timestamp));
        }

        public LatencyHistogram Result() => _failure is null ? _latency : throw new CommandException(_failure.Message);

        private void Record(TimeSpan elapsed)
        {
            lock (_lock)
                _latency.Record(elapsed);
        }
    }
}

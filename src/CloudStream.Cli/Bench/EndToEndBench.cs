using System.Buffers.Binary;
using System.Diagnostics;
using CloudStream.Cli.Bench.Kafka;
using CloudStream.Cli.Bench.Measuring;
using CloudStream.Cli.Shell;
using CloudStream.Client;

namespace CloudStream.Cli.Bench;

/// <summary>
/// <c>bench e2e</c>: from the call that produces a record to the moment a waiting consumer has it. One process does both, so one clock
/// times both.
/// </summary>
internal static class EndToEndBench
{
    public static async Task<IReadOnlyList<BenchReport>> RunAsync(
        CloudStreamClient client, BenchRequest request, CancellationToken cancellationToken)
    {
        await using BenchTopic topic = await BenchTopic.OpenAsync(client, request, cancellationToken);
        return
        [
            request.Kafka is { } kafka
                ? await KafkaEndToEndBench.MeasureAsync(kafka, topic.Name, request, cancellationToken)
                : await MeasureAsync(client, topic.Name, request, cancellationToken),
        ];
    }

    private static async Task<BenchReport> MeasureAsync(
        CloudStreamClient client, string topic, BenchRequest request, CancellationToken cancellationToken)
    {
        await using Consumer consumer = client.CreateConsumer();
        await consumer.AssignAsync(topic, Offset.End, cancellationToken);
        BenchClock clock = await BenchClock.StartAsync(request, cancellationToken);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Task<LatencyHistogram> received = ReceiveAsync(consumer, request.Records, stop.Token);
        Task sent = SendAsync(client, topic, request, stop.Token);

        // Whichever fails first ends both: a consumer alone would wait for ever.
        if (await Task.WhenAny(sent, received) is { IsFaulted: true })
            await stop.CancelAsync();
        await sent;
        LatencyHistogram latency = await received;
        return await clock.StopAsync("end to end", request.Records, request.Records * request.RecordBytes, latency, cancellationToken);
    }

    private static async Task<LatencyHistogram> ReceiveAsync(Consumer consumer, long records, CancellationToken cancellationToken)
    {
        var latency = new LatencyHistogram();
        await foreach (ConsumedRecord consumed in consumer.ConsumeRecordsAsync(cancellationToken))
        {
            long sentAt = BinaryPrimitives.ReadInt64LittleEndian(consumed.Record.Value.GetValueOrDefault().Span);
            latency.Record(Stopwatch.GetElapsedTime(sentAt));
            if (latency.Count == records)
                break;
        }

        return latency;
    }

    private static async Task SendAsync(CloudStreamClient client, string topic, BenchRequest request, CancellationToken cancellationToken)
    {
        await using Producer producer = client.CreateProducer(
            new ProducerOptions { Compression = request.Compression, BatchBytes = request.BatchBytes, Linger = request.Linger });
        byte[] value = [.. new SampleValues(request.RecordBytes)[0]];
        long start = Stopwatch.GetTimestamp();
        for (long i = 0; i < request.Records; i++)
        {
            if (request.Rate > 0)
                await Pace.UntilAsync(start, TimeSpan.FromSeconds((double)i / request.Rate), cancellationToken);
            BinaryPrimitives.WriteInt64LittleEndian(value, Stopwatch.GetTimestamp());
            await producer.EnqueueAsync(topic, new ProduceRecord { Value = value }, cancellationToken: cancellationToken);
        }

        await FlushAsync(producer, cancellationToken);
    }

    private static async Task FlushAsync(Producer producer, CancellationToken cancellationToken)
    {
        try
        {
            await producer.FlushAsync(cancellationToken);
        }
        catch (ProduceException e)
        {
            throw new CommandException(e.Message);
        }
    }
}

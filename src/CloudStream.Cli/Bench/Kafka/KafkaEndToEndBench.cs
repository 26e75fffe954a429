using System.Buffers.Binary;
using System.Diagnostics;
using CloudStream.Cli.Bench.Measuring;
using CloudStream.Cli.Shell;
using CloudStream.Kafka.Face;
using CloudStream.Records;

namespace CloudStream.Cli.Bench.Kafka;

/// <summary>
/// <c>bench e2e --protocol kafka</c>: batches are made as the records fall due, and sent when they are full or their linger is over;
/// waiting fetches bring them back.
/// </summary>
internal static class KafkaEndToEndBench
{
    private const long Latest = -1;
    private static readonly TimeSpan LastRecordPatience = TimeSpan.FromSeconds(30);
    private static readonly RecordReaderOptions ReadOptions = new() { VerifyCrc = false };

    public static async Task<BenchReport> MeasureAsync(
        HostPort broker, string topic, BenchRequest request, CancellationToken cancellationToken)
    {
        using LeaderConnections reading = await LeaderConnections.FindAsync(broker, topic, cancellationToken);
        using LeaderConnections writing = await LeaderConnections.FindAsync(broker, topic, cancellationToken);
        long[] starts = await reading.ListOffsetsAsync(Latest, cancellationToken);
        long[] never = [.. starts.Select(_ => long.MaxValue)];
        BenchClock clock = await BenchClock.StartAsync(request, cancellationToken);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var arrivals = new Arrivals(request.Records);
        Task[] readers = [.. reading.Connections.Select(
            c => new BatchFetcher(reading, c, starts, never).RunAsync(arrivals.Take, stop.Token))];

        // Readers end by failing only: whichever task ends first tells how it went.
        await await Task.WhenAny([SendAndWaitAsync(writing, request, arrivals, stop.Token), .. readers]);
        await stop.CancelAsync();
        return await clock.StopAsync("end to end", request.Records, request.Records * request.RecordBytes, arrivals.Latency,
            cancellationToken);
    }

    private static async Task SendAndWaitAsync(
        LeaderConnections leaders, BenchRequest request, Arrivals arrivals, CancellationToken cancellationToken)
    {
        await SendAsync(leaders, request, cancellationToken);
        try
        {
            await arrivals.All.WaitAsync(LastRecordPatience, cancellationToken);
        }
        catch (TimeoutException)
        {
            throw new CommandException(
                $"{request.Records} records were acknowledged, and {LastRecordPatience.TotalSeconds:0} s later not all of them had come "
                    + "back");
        }
    }

    private static async Task SendAsync(LeaderConnections leaders, BenchRequest request, CancellationToken cancellationToken)
    {
        using var producer = new BatchProducer(leaders, KafkaProduceBench.InFlight, cancellationToken);
        using var builder = new RecordBatchBuilder(new RecordBatchOptions { Compression = request.Compression });
        byte[] value = [.. new SampleValues(request.RecordBytes)[0]];
        int partition = 0;
        TimeSpan lingerOver = default;
        long start = Stopwatch.GetTimestamp();
        for (long i = 0; i < request.Records; i++)
        {
            TimeSpan due = request.Rate > 0 ? TimeSpan.FromSeconds((double)i / request.Rate) : TimeSpan.Zero;
            if (builder.RecordCount > 0 && (IsFull(builder, request) || due > lingerOver || Stopwatch.GetElapsedTime(start) > lingerOver))
            {
                if (!IsFull(builder, request))
                    await Pace.UntilAsync(start, lingerOver, cancellationToken);
                await FlushAsync();
            }

            await Pace.UntilAsync(start, due, cancellationToken);
            if (builder.RecordCount == 0)
                lingerOver = Stopwatch.GetElapsedTime(start) + request.Linger;
            BinaryPrimitives.WriteInt64LittleEndian(value, Stopwatch.GetTimestamp());
            builder.Append(TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds(), (byte[]?)null, value);
        }

        await FlushAsync();
        await producer.FinishAsync();

        // The socket has taken the batch when this is done: its memory serves the next one.
        async ValueTask FlushAsync()
        {
            await producer.SendAsync(partition, builder.Build());
            builder.Reset();
            partition = (partition + 1) % leaders.Partitions;
        }
    }

    private static bool IsFull(RecordBatchBuilder builder, BenchRequest request) =>
        builder.EstimatedBytes + RecordBatchBuilder.MaxRecordBytes(0, request.RecordBytes) > request.BatchBytes;

    // What has come back. Several readers tell it.
    private sealed class Arrivals(long expected)
    {
        private readonly TaskCompletionSource _all = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public LatencyHistogram Latency { get; } = new();

        public Task All => _all.Task;

        public void Take(ReadOnlyMemory<byte> batches)
        {
            using RecordReader reader = RecordBatchReader.Read(batches, ReadOptions);
            lock (Latency)
            {
                while (reader.TryRead(out Record record))
                    Latency.Record(Stopwatch.GetElapsedTime(BinaryPrimitives.ReadInt64LittleEndian(record.Value.GetValueOrDefault().Span)));
                if (Latency.Count >= expected)
                    _all.TrySetResult();
            }
        }
    }
}

using System.Diagnostics;
using System.Globalization;
using CloudStream.Cluster;
using CloudStream.Cluster.Settings;
using CloudStream.Cluster.Topics;
using CloudStream.Log.Calls;
using CloudStream.Storage.Memory;
using CloudStream.Storage.Objects;

namespace CloudStream.Benchmarks;

/// <summary>
/// What partitions cost: the same 1,000 records a second into 1 partition, into 4 (one per shard), and into 1,000 partitions over 4 shards,
/// with the flush interval that suits S3. Objects put per second and shard must be the same.
/// </summary>
internal static class ManyPartitions
{
    private const int RecordsPerSecond = 1000;
    private const int Shards = 4;

    public static async Task RunAsync(string[] arguments)
    {
        int seconds = arguments.Length > 0 ? int.Parse(arguments[0], CultureInfo.InvariantCulture) : 20;
        Console.WriteLine($"{RecordsPerSecond} records a second for {seconds} s, flush interval 250 ms, {Shards} shards");
        Console.WriteLine(
            "partitions  active shards  flushed objects  objects/s  objects/s and shard  register commits/s  bytes/record in objects");
        foreach (int partitions in (int[])[1, Shards, 1000])
            await MeasureAsync(partitions, seconds);
    }

    private static async Task MeasureAsync(int partitions, int seconds)
    {
        var objects = new CountingObjectStore(new MemoryObjectStore());
        var metadata = new CountingMetadataStore(new MemoryMetadataStore());
        var options = new BrokerOptions { Shards = Shards, FlushInterval = TimeSpan.FromMilliseconds(250) };
        await using Broker broker = await BenchBroker.StartAsync(objects, metadata, options);
        await BenchBroker.CreateTopicAsync(broker, "many", partitions);
        int shards = (await broker.FindTopicAsync("many", CancellationToken.None))!.Shards.Distinct().Count();
        (long objectsBefore, long bytesBefore) = objects.Puts(ObjectKind.Segment);
        long commitsBefore = metadata.Puts;
        await ProduceAsync(broker, partitions, seconds);
        (long objectsAfter, long bytesAfter) = objects.Puts(ObjectKind.Segment);
        double perSecond = (double)(objectsAfter - objectsBefore) / seconds;
        double commits = (double)(metadata.Puts - commitsBefore) / seconds;
        double bytes = (double)(bytesAfter - bytesBefore) / (RecordsPerSecond * (long)seconds);
        Console.WriteLine(
            $"{partitions,10}  {shards,13}  {objectsAfter - objectsBefore,15}  {perSecond,9:0.0}  {perSecond / shards,19:0.00}  "
                + $"{commits,18:0.0}  {bytes,23:0}");
        await broker.DrainAsync(CancellationToken.None);
    }

    // One record every millisecond, round the partitions: with 1,000 of them each gets one a second.
    private static async Task ProduceAsync(Broker broker, int partitions, int seconds)
    {
        byte[] batch = SampleBatches.Of(1, 100);
        var pending = new List<Task<AppendResult>>();
        long start = Stopwatch.GetTimestamp();
        for (int i = 0; i < RecordsPerSecond * seconds; i++)
        {
            TimeSpan early = TimeSpan.FromSeconds((double)i / RecordsPerSecond) - Stopwatch.GetElapsedTime(start);
            if (early > TimeSpan.FromMilliseconds(1))
                await Task.Delay(early);
            pending.Add(broker.AppendAsync(
                new TopicPartition("many", i % partitions), batch, new AppendOptions(), CancellationToken.None).AsTask());
        }

        foreach (AppendResult result in await Task.WhenAll(pending))
        {
            if (result.Error != ErrorCode.None)
                throw new InvalidOperationException($"{result.Error}: {result.Detail}");
        }
    }
}

using System.Diagnostics;
using System.Globalization;
using CloudStream.Cluster;
using CloudStream.Cluster.Settings;
using CloudStream.Cluster.Topics;
using CloudStream.Log.Calls;
using CloudStream.Storage.Local;
using CloudStream.Storage.Objects;

namespace CloudStream.Benchmarks;

/// <summary>
/// One hour at 200 flushes a second, made at once: each flush holds one record of 1 KiB, each is acknowledged before the shard's next one.
/// Then what it left: files, checkpoint bytes, memory, and the time that a broker takes to start on it.
/// </summary>
internal static class SmallFlushes
{
    private const int RecordBytes = 1024;
    private const int Shards = 4;
    private const string Topic = "small";

    public static async Task RunAsync(string[] arguments)
    {
        long flushes = arguments.Length > 0 ? long.Parse(arguments[0], CultureInfo.InvariantCulture) : 720_000;
        string folder = arguments.Length > 1 ? arguments[1] : Directory.CreateTempSubdirectory("small-flushes-").FullName;
        Console.WriteLine($"{flushes} flushes of one record of {RecordBytes} bytes into {folder}");
        await FillAsync(folder, flushes);
        await ReopenAsync(folder);
        if (arguments.Length < 2)
            Directory.Delete(folder, recursive: true);
    }

    private static BrokerOptions Options() => new()
    {
        Shards = Shards,
        FlushInterval = TimeSpan.Zero,
        TrashGrace = TimeSpan.FromSeconds(2),
        SweepInterval = TimeSpan.FromHours(1),
    };

    private static async Task FillAsync(string folder, long flushes)
    {
        using LocalStores stores = LocalStores.Open(folder);
        var objects = new CountingObjectStore(stores.Objects);
        long start = Stopwatch.GetTimestamp();
        await using Broker broker = await BenchBroker.StartAsync(objects, stores.Metadata, Options());
        Console.WriteLine($"start-up before            {Stopwatch.GetElapsedTime(start).TotalMilliseconds:0} ms");
        await BenchBroker.CreateTopicAsync(broker, Topic, Shards);
        TopicInfo topic = (await broker.FindTopicAsync(Topic, CancellationToken.None))!;
        Console.WriteLine($"memory before              {Memory()}");
        start = Stopwatch.GetTimestamp();
        using var progress = new Timer(_ => Report(folder, objects, start), null, TimeSpan.FromSeconds(30), TimeSpan.FromSeconds(30));
        await Task.WhenAll(Enumerable.Range(0, topic.PartitionCount).Select(p => AppendAsync(broker, p, flushes / topic.PartitionCount)));
        TimeSpan elapsed = Stopwatch.GetElapsedTime(start);
        Console.WriteLine($"time                       {elapsed.TotalSeconds:0} s, {flushes / elapsed.TotalSeconds:0} flushes a second");
        Console.WriteLine($"memory right after         {Memory()}");
        Print("files right after          ", folder, objects);

        // Merge, trash and checkpoints come to rest.
        for (long puts = -1; puts != objects.TotalPuts;)
        {
            puts = objects.TotalPuts;
            await Task.Delay(TimeSpan.FromSeconds(8));
        }

        Print("files at rest              ", folder, objects);
        await broker.DrainAsync(CancellationToken.None);
    }

    private static async Task AppendAsync(Broker broker, int partition, long count)
    {
        byte[] batch = SampleBatches.Of(1, RecordBytes);
        var place = new TopicPartition(Topic, partition);
        for (long i = 0; i < count; i++)
        {
            AppendResult result = await broker.AppendAsync(place, batch, new AppendOptions(), CancellationToken.None);
            if (result.Error != ErrorCode.None)
                throw new InvalidOperationException($"{result.Error}: {result.Detail}");
        }
    }

    private static async Task ReopenAsync(string folder)
    {
        long start = Stopwatch.GetTimestamp();
        using LocalStores stores = LocalStores.Open(folder);
        TimeSpan open = Stopwatch.GetElapsedTime(start);
        await using Broker broker = await BenchBroker.StartAsync(stores.Objects, stores.Metadata, Options());
        Console.WriteLine(
            $"start-up after             {Stopwatch.GetElapsedTime(start).TotalMilliseconds:0} ms, of which the "
                + $"folder {open.TotalMilliseconds:0} ms");
        Console.WriteLine($"memory after               {Memory()}");
        TopicInfo topic = (await broker.FindTopicAsync(Topic, CancellationToken.None))!;
        IReadOnlyList<PartitionInfo> partitions = await broker.DescribePartitionsAsync(topic, CancellationToken.None);
        Console.WriteLine($"records                    {partitions.Sum(p => p.HighWatermark)}");
        await broker.DrainAsync(CancellationToken.None);
    }

    private static void Report(string folder, CountingObjectStore objects, long start)
    {
        (long count, _) = objects.Puts(ObjectKind.Checkpoint);
        (int files, long bytes) = Files(folder);
        Console.WriteLine(
            $"  {Stopwatch.GetElapsedTime(start).TotalSeconds:0} s: {count} checkpoints, {files} files, {bytes / 1048576} MiB, {Memory()}");
    }

    private static void Print(string title, string folder, CountingObjectStore objects)
    {
        (int files, long bytes) = Files(folder);
        long data = objects.Puts(ObjectKind.Segment).Bytes + objects.Puts(ObjectKind.Spill).Bytes;
        Console.WriteLine($"{title}{files} files, {bytes / 1048576} MiB on disk");
        foreach (ObjectKind kind in
            (ObjectKind[])[ObjectKind.Segment, ObjectKind.Spill, ObjectKind.Merged, ObjectKind.Page, ObjectKind.Checkpoint])
        {
            (long count, long put) = objects.Puts(kind);
            Console.WriteLine($"  {kind,-12} put          {count} objects, {put} bytes, {100.0 * put / data:0.00} % of flushed bytes");
        }
    }

    private static (int Files, long Bytes) Files(string folder)
    {
        var files = new DirectoryInfo(folder).EnumerateFiles("*", SearchOption.AllDirectories).ToList();
        return (files.Count, files.Sum(f => f.Exists ? f.Length : 0));
    }

    private static string Memory()
    {
        long live = GC.GetTotalMemory(forceFullCollection: true);
        using var process = Process.GetCurrentProcess();
        return $"{live / 1048576} MiB live, {process.WorkingSet64 / 1048576} MiB resident";
    }
}

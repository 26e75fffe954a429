using CloudStream.Cluster;
using CloudStream.Cluster.Settings;
using CloudStream.Cluster.Topics;
using CloudStream.Storage.Local;

namespace CloudStream.Benchmarks;

/// <summary>
/// Bytes that the broker allocates for produce and fetch on the embedded default, once its buffers are warm: counted over the whole process
/// without the client's thread, for batches of few and of many records. What is allocated per record is the difference that the records
/// make. Each fetch gets one batch, from tail memory.
/// </summary>
internal static class Allocations
{
    /// <summary>Appends at once.</summary>
    public const int InFlight = 32;

    private const int BatchBytes = 100 * 1024, Rounds = 64, Fetches = 10_000;

    public static async Task RunAsync()
    {
        Console.WriteLine(
            "Allocated by the whole process, less what the client's own thread allocates; batches of 100 KiB, 32 produced at once, fetched "
                + "one by one.");
        Console.WriteLine();
        Console.WriteLine("| through | records per batch | allocated per produced batch | per record | allocated per fetch | per record |");
        Console.WriteLine("| --- | ---: | ---: | ---: | ---: | ---: |");
        foreach (int records in (int[])[1, 10, 100, 1000])
            await MeasureAsync("the engine", records,
                (broker, place, batch) => Task.FromResult<IAllocationPath>(new EnginePath(broker, place, batch)));
        foreach (int records in (int[])[1, 10, 100, 1000])
            await MeasureAsync("a Kafka connection", records,
                async (broker, place, batch) => await KafkaPath.OpenAsync(broker, place, batch));
    }

    private static async Task MeasureAsync(string name, int records, Func<Broker, TopicPartition, byte[], Task<IAllocationPath>> open)
    {
        string folder = Directory.CreateTempSubdirectory("allocations-").FullName;
        var place = new TopicPartition("allocations", 0);
        using (LocalStores stores = LocalStores.Open(folder))
        {
            var options = new BrokerOptions
            {
                Shards = 1,
                FlushInterval = TimeSpan.Zero,
                UpkeepInterval = TimeSpan.FromHours(1),
                TailMemoryBytes = 32 * 1024 * 1024
            };
            await using Broker broker = await BenchBroker.StartAsync(stores.Objects, stores.Metadata, options);
            await BenchBroker.CreateTopicAsync(broker, place.Topic, 1);
            await using IAllocationPath path = await open(broker, place, SampleBatches.Of(records, BatchBytes / records));
            await path.ProduceAsync(Rounds); // Until tail memory is full every append needs new buffers.
            double append = await CountAsync(path, () => path.ProduceAsync(Rounds), Rounds * InFlight);
            long last = (2L * Rounds * InFlight * records) - records;
            await path.FetchAsync(last, Fetches);
            double fetch = await CountAsync(path, () => path.FetchAsync(last, Fetches), Fetches);
            Console.WriteLine(
                $"| {name} | {records:N0} | {append:N0} bytes | {append / records:N1} | {fetch:N0} bytes | {fetch / records:N1} |");
        }

        Directory.Delete(folder, recursive: true);
    }

    private static async Task<double> CountAsync(IAllocationPath path, Func<Task> work, int times)
    {
        (long before, long client) = (GC.GetTotalAllocatedBytes(precise: true), path.ClientBytes);
        await work();
        return (GC.GetTotalAllocatedBytes(precise: true) - before - (path.ClientBytes - client)) / (double)times;
    }
}

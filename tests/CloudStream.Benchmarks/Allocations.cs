using CloudStream.Engine;
using CloudStream.Engine.Fetch;
using CloudStream.Engine.Produce;
using CloudStream.Storage.Local;

namespace CloudStream.Benchmarks;

/// <summary>
/// Bytes that the broker allocates for produce and fetch on the embedded default, once its buffers are warm: counted over the whole process, for batches of
/// few and of many records. What is allocated per record is the difference that the records make.
/// </summary>
internal static class Allocations
{
    private const int InFlight = 32, BatchBytes = 100 * 1024;

    public static async Task RunAsync()
    {
        Console.WriteLine("records per batch   produce: bytes a batch   bytes a record   fetch: bytes a fetch   bytes a record");
        foreach (int records in (int[])[1, 10, 100, 1000])
            await MeasureAsync(records);
    }

    private static async Task MeasureAsync(int records)
    {
        string folder = Directory.CreateTempSubdirectory("allocations-").FullName;
        byte[] batch = SampleBatches.Of(records, BatchBytes / records);
        var place = new TopicPartition("allocations", 0);
        using (LocalStores stores = LocalStores.Open(folder))
        {
            var options = new BrokerOptions { Shards = 1, FlushInterval = TimeSpan.Zero, UpkeepInterval = TimeSpan.FromHours(1), TailMemoryBytes = 32 * 1024 * 1024 };
            await using Broker broker = await BenchBroker.StartAsync(stores.Objects, stores.Metadata, options);
            await BenchBroker.CreateTopicAsync(broker, place.Topic, 1);
            const int rounds = 64;
            for (int i = 0; i < rounds; i++)
                await AppendAsync(broker, place, batch); // Until tail memory is full every append needs new buffers.
            double append = await CountAsync(() => AppendAsync(broker, place, batch), rounds) / InFlight;
            double fetch = await CountAsync(() => FetchAsync(broker, place, (rounds * 2L * InFlight * records) - records), 10_000);
            Console.WriteLine($"{records,17}   {append,23:0}   {append / records,14:0.0}   {fetch,20:0}   {fetch / records,14:0.0}");
        }

        Directory.Delete(folder, recursive: true);
    }

    private static async Task<double> CountAsync(Func<Task> work, int times)
    {
        await work();
        long before = GC.GetTotalAllocatedBytes(precise: true);
        for (int i = 0; i < times; i++)
            await work();
        return (GC.GetTotalAllocatedBytes(precise: true) - before) / (double)times;
    }

    private static async Task AppendAsync(Broker broker, TopicPartition place, byte[] batch)
    {
        var pending = new Task<AppendResult>[InFlight];
        for (int i = 0; i < pending.Length; i++)
            pending[i] = broker.AppendAsync(place, batch, new AppendOptions(), CancellationToken.None).AsTask();
        foreach (AppendResult result in await Task.WhenAll(pending))
        {
            if (result.Error != ErrorCode.None)
                throw new InvalidOperationException($"{result.Error}: {result.Detail}");
        }
    }

    private static async Task FetchAsync(Broker broker, TopicPartition place, long offset)
    {
        using FetchResult result = await broker.FetchAsync(place, offset, new FetchOptions { MaxBytes = 2 * BatchBytes }, CancellationToken.None);
        if (result.Error != ErrorCode.None || result.Bytes == 0)
            throw new InvalidOperationException($"{result.Error}: {result.Detail}");
    }
}

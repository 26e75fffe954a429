using BenchmarkDotNet.Attributes;
using CloudStream.Cluster;
using CloudStream.Cluster.Settings;
using CloudStream.Cluster.Topics;
using CloudStream.Log.Calls;
using CloudStream.Storage.Local;

namespace CloudStream.Benchmarks;

/// <summary>
/// The broker's own part of produce and fetch on the embedded default, a local folder with fsync: time per record (one operation is one
/// record); what it allocates is counted by <see cref="Allocations"/>. A batch has 100 records of 1 KiB. Upkeep is switched off: it works
/// whenever the benchmark pauses, and would be counted.
/// </summary>
[ShortRunJob]
public class LogBenchmarks
{
    private const int RecordsPerBatch = 100;
    private const int BatchesInFlight = 32;
    private const int BatchesPerFetch = 10;
    private static readonly TopicPartition Place = new("bench", 0);
    private readonly byte[] _batch = SampleBatches.Of(RecordsPerBatch, recordBytes: 1024);
    private readonly Task<AppendResult>[] _pending = new Task<AppendResult>[BatchesInFlight];
    private readonly string _folder = Directory.CreateTempSubdirectory("log-benchmarks-").FullName;
    private LocalStores _stores = null!;
    private Broker _broker = null!;
    private FetchOptions _fetch;
    private long _fetched;
    private long _end;

    [GlobalSetup]
    public async Task StartAsync()
    {
        var options = new BrokerOptions { Shards = 1, FlushInterval = TimeSpan.Zero, UpkeepInterval = TimeSpan.FromHours(1) };

        _stores = LocalStores.Open(_folder);
        _broker = await BenchBroker.StartAsync(_stores.Objects, _stores.Metadata, options);
        await BenchBroker.CreateTopicAsync(_broker, Place.Topic, 1);
        _fetch = new FetchOptions { MaxBytes = BatchesPerFetch * _batch.Length };

        // Until tail memory is full every append needs new buffers; what is measured is what comes after.
        for (long bytes = 0; bytes < 2 * options.TailMemoryBytes; bytes += (long)BatchesInFlight * _batch.Length)
            await AppendAsync();
        for (int i = 0; i < BatchesPerFetch; i++)
            _end = (await _broker.AppendAsync(Place, _batch, new AppendOptions(), CancellationToken.None)).LastOffset + 1;
    }

    [GlobalCleanup]
    public async Task StopAsync()
    {
        await _broker.DisposeAsync();
        _stores.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Benchmark(OperationsPerInvoke = RecordsPerBatch * BatchesInFlight)]
    public async Task AppendAsync()
    {
        for (int i = 0; i < BatchesInFlight; i++)
            _pending[i] = _broker.AppendAsync(Place, _batch, new AppendOptions(), CancellationToken.None).AsTask();
        foreach (Task<AppendResult> pending in _pending)
        {
            if ((await pending).Error != ErrorCode.None)
                throw new InvalidOperationException($"{(await pending).Error}");
        }
    }

    [Benchmark(OperationsPerInvoke = RecordsPerBatch * BatchesPerFetch)]
    public async Task FetchFromTailMemoryAsync()
    {
        using FetchResult result = await _broker.FetchAsync(
            Place, _end - (RecordsPerBatch * BatchesPerFetch), _fetch, CancellationToken.None);
        _fetched += result.Bytes;
        if (result.Error != ErrorCode.None || result.Bytes == 0)
            throw new InvalidOperationException($"{result.Error}: {result.Detail}");
    }
}

using CloudStream.Client;
using CloudStream.Proof;

namespace CloudStream.Cli.Tests.Faults;

/// <summary>The SDK's consumer from the beginning of every partition: nothing twice, nothing left out, nothing in between.</summary>
internal sealed class SdkConsumer(string name, CloudStreamClient client, int partitions, SharedHistory history, int seed)
    : FaultClient(name, history, seed)
{
    // The SDK fetches ahead: when it asked is its secret, so that its answers come after nothing that others saw.
    private const long AskedAtAnyTime = 0;

    private readonly long[] _positions = new long[partitions];
    private readonly (long Start, long End)[] _frontiers = new (long Start, long End)[partitions];

    public long Position(int partition) => Volatile.Read(ref _positions[partition]);

    protected override async Task RunAsync()
    {
        await using Consumer consumer = client.CreateConsumer(
            new ConsumerOptions { FetchBytes = 16 * 1024, PrefetchBytes = 16 * 1024, FetchWait = TimeSpan.FromSeconds(1) });
        consumer.Assign(Enumerable.Range(0, partitions).Select(p => new TopicPartitionOffset(new TopicPartition(Topic, p), 0)));
        try
        {
            await foreach (ConsumedBatches batches in consumer.ConsumeBatchesAsync(Stopping))
            {
                Take(batches);
                Succeeded();
            }
        }
        catch (OperationCanceledException) when (Stopping.IsCancellationRequested)
        {
            // Told to stop.
        }
    }

    // Which process answered is the SDK's secret, so every answer counts as that of another one.
    private void Take(ConsumedBatches batches)
    {
        int partition = batches.TopicPartition.Partition;
        var records = BatchValues.WithOffsets(batches.Bytes).Where(r => r.Offset >= batches.Offset).ToList();
        foreach ((long offset, string value) in records)
        {
            if (offset != _positions[partition])
                throw new ViolationException("no gap",
                    $"{Name} read at {_positions[partition]} of p{partition} and got offset {offset}, {value}");
            Volatile.Write(ref _positions[partition], offset + 1);
        }

        // The fetches of one partition follow each other.
        (long start, long end) = _frontiers[partition];
        if (batches.LogStartOffset < start || batches.HighWatermark < end)
            throw new ViolationException("watermark",
                $"{Name} saw p{partition} from {start} to {end}, then from {batches.LogStartOffset} to {batches.HighWatermark}");
        _frontiers[partition] = (batches.LogStartOffset, batches.HighWatermark);
        long now = History.Tick();
        History.Observe(
            new Observation(Name, $"answer {now}", partition, AskedAtAnyTime, now, batches.LogStartOffset, batches.HighWatermark, records));
    }
}

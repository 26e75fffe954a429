using CloudStream.Cluster;
using CloudStream.Cluster.Topics;
using CloudStream.Log.Calls;

namespace CloudStream.Benchmarks;

/// <summary>Calls the engine, as the faces do.</summary>
internal sealed class EnginePath(Broker broker, TopicPartition place, byte[] batch) : IAllocationPath
{
    private readonly Task<AppendResult>[] _pending = new Task<AppendResult>[Allocations.InFlight];

    public long ClientBytes => 0;

    public async Task ProduceAsync(int rounds)
    {
        for (int round = 0; round < rounds; round++)
        {
            for (int i = 0; i < _pending.Length; i++)
                _pending[i] = broker.AppendAsync(place, batch, new AppendOptions(), CancellationToken.None).AsTask();
            foreach (Task<AppendResult> pending in _pending)
                Check((await pending).Error, (await pending).Detail);
        }
    }

    public async Task FetchAsync(long offset, int times)
    {
        for (int i = 0; i < times; i++)
        {
            using FetchResult result = await broker.FetchAsync(
                place, offset, new FetchOptions { MaxBytes = 2 * batch.Length }, CancellationToken.None);
            Check(result.Error, result.Bytes == 0 ? "nothing was there" : result.Detail);
        }
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private static void Check(ErrorCode error, string? detail)
    {
        if (error != ErrorCode.None)
            throw new InvalidOperationException($"{error}: {detail}");
    }
}

using System.Collections.Concurrent;

namespace CloudStream.Client.Producing;

/// <summary>Keeps the buffers of finished batches for the next ones, up to the producer's buffer size. Thread-safe.</summary>
internal sealed class BatchPool(ProducerOptions options) : IDisposable
{
    private readonly ConcurrentBag<ProducerBatch> _idle = [];
    private readonly int _most = (int)Math.Clamp(options.BufferBytes / options.BatchBytes, 4, 64);

    public ProducerBatch Rent() => _idle.TryTake(out var batch) ? batch : new ProducerBatch(options);

    public void Return(ProducerBatch batch)
    {
        if (!batch.TryReset())
            return;
        if (_idle.Count < _most)
            _idle.Add(batch);
        else
            batch.Dispose();
    }

    public void Dispose()
    {
        while (_idle.TryTake(out var batch))
            batch.Dispose();
    }
}

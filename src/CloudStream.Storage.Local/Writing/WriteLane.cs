using System.Threading.Channels;

namespace CloudStream.Storage.Local.Writing;

/// <summary>
/// Group commit: one thread of its own takes whatever writes wait, and makes them durable with one fsync. The queue is bounded; callers of
/// a full queue wait. Thread-safe.
/// </summary>
internal sealed class WriteLane<T> : IDisposable
    where T : class, IQueuedWrite
{
    private readonly Channel<T> _queue;
    private readonly AutoResetEvent _arrived = new(false); // Never disposed: a late caller may still set it. The finalizer closes it.
    private readonly Action<List<T>> _write;
    private readonly int _maxBatch;
    private readonly Thread _thread;

    /// <param name="name">Names the thread.</param>
    /// <param name="capacity">Writes that may wait.</param>
    /// <param name="maxBatch">Most writes that share one fsync.</param>
    /// <param name="write">Carries out a batch and ends each of its writes; runs on the lane's thread only.</param>
    public WriteLane(string name, int capacity, int maxBatch, Action<List<T>> write)
    {
        _queue = Channel.CreateBounded<T>(new BoundedChannelOptions(capacity) { SingleReader = true });
        _maxBatch = maxBatch;
        _write = write;
        _thread = new Thread(Run) { Name = name, IsBackground = true };
        _thread.Start();
    }

    /// <summary>Queues a write; its outcome arrives at the write itself.</summary>
    public async ValueTask EnqueueAsync(T write, CancellationToken cancellationToken)
    {
        try
        {
            if (!_queue.Writer.TryWrite(write))
                await _queue.Writer.WriteAsync(write, cancellationToken);
        }
        catch (ChannelClosedException)
        {
            throw new StoreException(StoreErrorKind.Unavailable, "the store has been closed");
        }

        _arrived.Set();
    }

    /// <summary>Finishes what is queued and ends the thread.</summary>
    public void Dispose()
    {
        if (!_queue.Writer.TryComplete())
            return;
        _arrived.Set();
        _thread.Join();
    }

    private void Run()
    {
        var batch = new List<T>();
        while (true)
        {
            batch.Clear();
            while (batch.Count < _maxBatch && _queue.Reader.TryRead(out var write))
            {
                if (write.TryClaim())
                    batch.Add(write);
            }

            if (batch.Count > 0)
                Write(batch);
            else if (_queue.Reader.Completion.IsCompleted)
                return;
            else
                _arrived.WaitOne();
        }
    }

    private void Write(List<T> batch)
    {
        try
        {
            _write(batch);
        }
        catch (Exception e) // The lane must live on, and nobody may wait for ever: an outcome that is not known is reported as such.
        {
            foreach (var write in batch)
                write.Fail(new StoreException(StoreErrorKind.Ambiguous, "the write ended in an unexpected way", e));
        }
    }
}

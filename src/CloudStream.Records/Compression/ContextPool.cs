using System.Collections.Concurrent;
using System.Runtime.InteropServices;

namespace CloudStream.Records.Compression;

/// <summary>
/// Keeps a few native contexts for reuse, because making one costs more than a small batch does. Return only contexts that are in a clean
/// state; after an error dispose them. Thread-safe.
/// </summary>
internal sealed class ContextPool<T>(Func<T> create)
    where T : SafeHandle
{
    private static readonly int MaxKept = Environment.ProcessorCount;

    private readonly ConcurrentQueue<T> _idle = new();

    public T Rent() => _idle.TryDequeue(out var context) ? context : create();

    public void Return(T context)
    {
        // Two threads may pass the check at once: the limit is only about memory.
        if (_idle.Count < MaxKept)
            _idle.Enqueue(context);
        else
            context.Dispose();
    }
}

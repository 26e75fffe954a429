using System.Diagnostics.CodeAnalysis;
using CloudStream.Storage.Objects;

namespace CloudStream.Log.Flushes;

/// <summary>
/// Recent flushes of this process, for readers at the end of the log; all shards share one budget and the oldest flush goes first.
/// Thread-safe. Holds one reference on each buffer.
/// </summary>
internal sealed class TailMemory(long maxBytes)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<ObjectRef, FlushBuffer> _byObject = [];
    private readonly Queue<FlushBuffer> _oldestFirst = new();

    /// <summary>Bytes held.</summary>
    public long Bytes { get; private set; }

    /// <summary>Keeps a committed flush and lets the oldest go.</summary>
    public void Add(FlushBuffer buffer)
    {
        if (buffer.Bytes > maxBytes || !buffer.TryAddReference())
            return;
        lock (_lock)
        {
            _byObject.Add(buffer.Object, buffer);
            _oldestFirst.Enqueue(buffer);
            Bytes += buffer.Bytes;
            while (Bytes > maxBytes)
            {
                var oldest = _oldestFirst.Dequeue();
                _byObject.Remove(oldest.Object);
                Bytes -= oldest.Bytes;
                oldest.Release();
            }
        }
    }

    /// <summary>
    /// The flush that wrote this object, with a reference that the caller gives back; false when it is not here (any more).
    /// </summary>
    public bool TryGet(ObjectRef reference, [NotNullWhen(true)] out FlushBuffer? buffer)
    {
        lock (_lock)
            return _byObject.TryGetValue(reference, out buffer) && buffer.TryAddReference();
    }
}

using System.Diagnostics.CodeAnalysis;
using CloudStream.Storage.Objects;

namespace CloudStream.Log.Flushes;

/// <summary>
/// Recent flushes of this process, for readers at the end of the log; all shards share one budget and the oldest flush goes first. Of
/// those that are gone it still knows, much longer, where their batches lie. Thread-safe. Holds one reference on each buffer.
/// </summary>
internal sealed class TailMemory(long maxBytes)
{
    // Each costs two numbers: with batches of the least size that counts, 8 GiB of the log.
    private const int MaxKnownBatches = 128 * 1024;

    private readonly Lock _lock = new();
    private readonly Dictionary<ObjectRef, FlushBuffer> _byObject = [];
    private readonly Queue<FlushBuffer> _oldestFirst = new();
    private readonly Dictionary<ObjectRef, FlushLayout> _layouts = [];
    private readonly Queue<ObjectRef> _oldestLayouts = new();
    private int _knownBatches;

    /// <summary>Bytes held.</summary>
    public long Bytes { get; private set; }

    /// <summary>Keeps a committed flush and lets the oldest go.</summary>
    public void Add(FlushBuffer buffer)
    {
        if (buffer.Bytes >= FlushLayout.LeastBatchBytes && FlushLayout.Of(buffer) is { } layout)
            Remember(buffer.Object, layout);
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

    /// <summary>Where the batches lie in an object that this process wrote; null when it does not know (any more).</summary>
    public FlushLayout? FindLayout(ObjectRef reference)
    {
        lock (_lock)
            return _layouts.GetValueOrDefault(reference);
    }

    private void Remember(ObjectRef reference, FlushLayout layout)
    {
        lock (_lock)
        {
            _layouts.Add(reference, layout);
            _oldestLayouts.Enqueue(reference);
            _knownBatches += layout.Batches;
            while (_knownBatches > MaxKnownBatches && _oldestLayouts.TryDequeue(out var oldest) && _layouts.Remove(oldest, out var gone))
                _knownBatches -= gone.Batches;
        }
    }
}

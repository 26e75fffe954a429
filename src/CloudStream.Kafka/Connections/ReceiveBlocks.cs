using System.Buffers;
using System.Collections.Concurrent;
using Microsoft.AspNetCore.Connections;

namespace CloudStream.Kafka.Connections;

/// <summary>
/// The memory that the server receives into. Kestrel's own blocks have 4 KiB, and asking the kernel for that little at a time was 43 % of
/// the processor time of a produce load, whose requests are large. A connection that waits for its client holds no block. Thread-safe.
/// </summary>
internal sealed class ReceiveBlocks : MemoryPool<byte>, IMemoryPoolFactory<byte>
{
    /// <summary>Bytes of a block.</summary>
    public const int BlockBytes = 64 * 1024;

    private const int MaxKept = 128;

    private readonly ConcurrentQueue<byte[]> _kept = new();
    private int _keptCount;

    /// <summary>Blocks that wait to be used again.</summary>
    public int Kept => Volatile.Read(ref _keptCount);

    /// <inheritdoc/>
    public override int MaxBufferSize => BlockBytes;

    /// <summary>The same for all queues of the server.</summary>
    public MemoryPool<byte> Create(MemoryPoolOptions? options = null) => this;

    /// <inheritdoc/>
    public override IMemoryOwner<byte> Rent(int minBufferSize = -1)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(minBufferSize, BlockBytes);
        if (_kept.TryDequeue(out var array))
            Interlocked.Decrement(ref _keptCount);
        else
            array = GC.AllocateUninitializedArray<byte>(BlockBytes, pinned: true);
        return new Block(this, array);
    }

    /// <summary>Nothing: the collector takes the blocks, and the server disposes of its queues' pools one by one.</summary>
    protected override void Dispose(bool disposing)
    {
    }

    private void Return(byte[] array)
    {
        if (Interlocked.Increment(ref _keptCount) <= MaxKept)
            _kept.Enqueue(array);
        else
            Interlocked.Decrement(ref _keptCount);
    }

    private sealed class Block(ReceiveBlocks pool, byte[] array) : IMemoryOwner<byte>
    {
        private byte[]? _array = array;

        public Memory<byte> Memory => _array;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _array, null) is { } returned)
                pool.Return(returned);
        }
    }
}

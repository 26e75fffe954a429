using System.Buffers;
using System.Collections.Concurrent;

namespace CloudStream.Http.Transport;

/// <summary>
/// The blocks that Kestrel receives into and sends from: 64 KiB instead of its own 4 KiB, so that a batch of 1 MiB takes sixteen calls of
/// the kernel and not 256. Idle connections hold none. Up to a limit returned blocks are kept for the next rent; what comes back beyond it
/// is left to the collector. Thread-safe.
/// </summary>
internal sealed class WideBlockPool : MemoryPool<byte>
{
    /// <summary>Length of a block.</summary>
    public const int BlockBytes = 64 * 1024;

    private const int MaxKept = 512;

    private readonly ConcurrentQueue<Block> _kept = new();
    private int _keptCount;

    /// <inheritdoc/>
    public override int MaxBufferSize => BlockBytes;

    /// <summary>Blocks that are kept for the next rent.</summary>
    public int KeptBlocks => Volatile.Read(ref _keptCount);

    /// <inheritdoc/>
    public override IMemoryOwner<byte> Rent(int minBufferSize = -1)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(minBufferSize, BlockBytes);
        if (!_kept.TryDequeue(out var block))
            return new Block(this);
        Interlocked.Decrement(ref _keptCount);
        block.Take();
        return block;
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        // Blocks are ordinary arrays: whoever still has one may go on, the collector takes the rest.
    }

    private void Keep(Block block)
    {
        if (Interlocked.Increment(ref _keptCount) <= MaxKept)
            _kept.Enqueue(block);
        else
            Interlocked.Decrement(ref _keptCount);
    }

    private sealed class Block(WideBlockPool pool) : IMemoryOwner<byte>
    {
        // Pinned: the kernel reads and writes it without a handle each time.
        private readonly byte[] _bytes = GC.AllocateUninitializedArray<byte>(BlockBytes, pinned: true);
        private int _isRented = 1;

        public Memory<byte> Memory => _bytes;

        public void Take() => Volatile.Write(ref _isRented, 1);

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _isRented, 0) == 1)
                pool.Keep(this);
        }
    }
}

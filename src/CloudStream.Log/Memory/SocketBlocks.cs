using System.Buffers;

namespace CloudStream.Log.Memory;

/// <summary>
/// The memory that a server receives into and sends from, all of its connections together: blocks of 64 KiB, as asking the kernel for 4 KiB
/// at a time was 43 % of the processor time of a produce load. A connection that waits for its client holds no block. A few are kept for
/// the next rent, the others are left to the collector, which is told so when what many connections have filled at once has come back: in a
/// process that has become idle it would not look. Thread-safe.
/// </summary>
/// <remarks>Arrays, as the server sends nothing else in one call.</remarks>
public sealed class SocketBlocks : MemoryPool<byte>
{
    /// <summary>Bytes of a block.</summary>
    public const int BlockBytes = 64 * 1024;

    /// <summary>
    /// Bytes that a server reads ahead of who takes them: then it stops, and goes on when half of them are taken. Nobody counts them, and
    /// there may be ten thousand connections. With one or two blocks instead of four it would stop for every one, and its reader wait
    /// meanwhile: it cost a load of requests of 64 KiB a sixth of its rate and a quarter more processor time.
    /// </summary>
    public const int ReadAheadBytes = 4 * BlockBytes;

    /// <summary>Bytes that a server takes to be sent ahead of the kernel.</summary>
    public const int SendAheadBytes = BlockBytes;

    // What a handful of busy connections use again and again, and what is left before anybody is bothered.
    private const int MaxKept = 256, MaxLeft = 512;

    private readonly Lock _lock = new();
    private readonly Stack<byte[]> _kept = new(MaxKept);
    private int _used;
    private int _left;

    /// <summary>The pool that all servers of a process share, as they share its memory.</summary>
    public static new SocketBlocks Shared { get; } = new();

    /// <summary>Bytes of the blocks that connections hold.</summary>
    public long UsedBytes => (long)Volatile.Read(ref _used) * BlockBytes;

    /// <summary>Blocks that wait to be used again.</summary>
    public int Kept
    {
        get
        {
            lock (_lock)
                return _kept.Count;
        }
    }

    /// <inheritdoc/>
    public override int MaxBufferSize => BlockBytes;

    /// <inheritdoc/>
    public override IMemoryOwner<byte> Rent(int minBufferSize = -1)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(minBufferSize, BlockBytes);
        byte[]? bytes;
        lock (_lock)
        {
            _used++;
            _kept.TryPop(out bytes);
        }

        // Pinned: the kernel reads and writes it without a handle each time.
        return new Block(this, bytes ?? GC.AllocateUninitializedArray<byte>(BlockBytes, pinned: true));
    }

    /// <summary>Nothing: the collector takes the blocks, and a server disposes of its queues' pools one by one.</summary>
    protected override void Dispose(bool disposing)
    {
    }

    private void Return(byte[] bytes)
    {
        lock (_lock)
        {
            _used--;
            if (_kept.Count < MaxKept)
                _kept.Push(bytes);
            else
                _left++;
            if (_left < MaxLeft || _used > MaxKept)
                return;
            _left = 0;
        }

        GC.Collect(GC.MaxGeneration, GCCollectionMode.Forced, blocking: false);
    }

    private sealed class Block(SocketBlocks pool, byte[] bytes) : IMemoryOwner<byte>
    {
        private byte[]? _bytes = bytes;

        public Memory<byte> Memory => _bytes;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _bytes, null) is { } returned)
                pool.Return(returned);
        }
    }
}

using System.Diagnostics.CodeAnalysis;
using System.Numerics;

namespace CloudStream.Log.Memory;

/// <summary>
/// Memory for record batches. The framework's shared pool keeps a few arrays per size and processor and gives them to the collector after a
/// while; ours are held for long (tail memory, cache) and come back by the dozen, so every append would allocate. Large buffers come from a
/// <see cref="PageArena"/>. Small ones are kept by size, in quarter steps between powers of two, so that little is wasted; when too many
/// are kept, those of the size that has not been asked for longest go, so that what a load before left behind does not take the place of
/// what the present one needs. Thread-safe.
/// </summary>
/// <param name="maxKeptBytes">Most bytes of small buffers that lie ready.</param>
/// <param name="maxIdlePageBytes">Most bytes of pages for large buffers that lie ready.</param>
internal sealed class BufferPool(long maxKeptBytes, long maxIdlePageBytes)
{
    /// <summary>From this length on a buffer is large.</summary>
    public const int LargeBytes = (1 << MaxBytesLog2) + 1;

    private const int MinBytesLog2 = 8, MaxBytesLog2 = 16, StepsLog2 = 2;
    private const int ClassCount = 1 + ((MaxBytesLog2 - MinBytesLog2) << StepsLog2);

    private readonly PageArena _large = new(maxIdlePageBytes);
    private readonly Lock _lock = new();
    private readonly Stack<NativeBuffer>[] _kept = CreateStacks();
    private readonly long[] _askedAt = new long[ClassCount];
    private long _keptBytes;
    private long _asked;

    /// <summary>The pool that all brokers of a process share, as they share its memory.</summary>
    public static BufferPool Shared { get; } = new(maxKeptBytes: 16L * 1024 * 1024, maxIdlePageBytes: 64L * 1024 * 1024);

    /// <summary>Bytes that lie ready.</summary>
    public long KeptBytes
    {
        get
        {
            lock (_lock)
                return _keptBytes + _large.IdleBytes;
        }
    }

    /// <summary>A buffer of at least <paramref name="length"/> bytes, contents undefined. A large one begins at a page.</summary>
    public NativeBuffer Rent(int length)
    {
        if (length >= LargeBytes)
            return _large.Rent(length);
        var (index, size) = ClassOf(length);
        lock (_lock)
        {
            _askedAt[index] = ++_asked;
            if (TryTake(index, out var buffer))
                return buffer;
        }

        return NativeBuffer.Allocate(size);
    }

    /// <summary>Takes a buffer back; nobody may use it any more.</summary>
    public void Return(NativeBuffer buffer)
    {
        if (buffer.Length >= LargeBytes || !TryKeep(buffer))
            buffer.Free();
    }

    /// <summary>
    /// The size class that holds <paramref name="length"/> bytes: its index, and the length of its buffers. Only for small ones.
    /// </summary>
    internal static (int Index, int Size) ClassOf(int length)
    {
        if (length <= 1 << MinBytesLog2)
            return (0, 1 << MinBytesLog2);
        var power = BitOperations.Log2((uint)length - 1);
        var step = 1 << (power - StepsLog2);
        var steps = (length - (1 << power) + step - 1) / step;
        var index = 1 + ((power - MinBytesLog2) << StepsLog2) + (steps - 1);
        return (index, (1 << power) + (steps * step));
    }

    private bool TryKeep(NativeBuffer buffer)
    {
        var (index, size) = ClassOf(buffer.Length);
        lock (_lock)
        {
            while (_keptBytes + size > maxKeptBytes)
            {
                if (FindStaler(index) is not { } staler)
                    return false;
                if (TryTake(staler, out var stale))
                    stale.Free();
            }

            _kept[index].Push(buffer);
            _keptBytes += size;
        }

        return true;
    }

    private bool TryTake(int index, [NotNullWhen(true)] out NativeBuffer? buffer)
    {
        if (!_kept[index].TryPop(out buffer))
            return false;
        _keptBytes -= buffer.Length;
        return true;
    }

    // The size with buffers kept that was asked for longest ago, if that is longer ago than for this one.
    private int? FindStaler(int index)
    {
        var stalest = index;
        for (var i = 0; i < ClassCount; i++)
        {
            if (_kept[i].Count > 0 && _askedAt[i] < _askedAt[stalest])
                stalest = i;
        }

        return stalest == index ? null : stalest;
    }

    private static Stack<NativeBuffer>[] CreateStacks()
    {
        var stacks = new Stack<NativeBuffer>[ClassCount];
        for (var i = 0; i < stacks.Length; i++)
            stacks[i] = new Stack<NativeBuffer>();
        return stacks;
    }
}

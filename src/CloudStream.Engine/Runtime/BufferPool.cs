using System.Numerics;

namespace CloudStream.Engine.Runtime;

/// <summary>
/// Arrays for record batches. The framework's shared pool keeps a few arrays per size and processor and gives them to the collector after a while; ours are
/// held for long (tail memory, cache) and come back by the dozen, so every append would allocate. Kept arrays are bounded in bytes. Sizes go in quarter steps between
/// powers of two, so that little is wasted. Thread-safe.
/// </summary>
internal sealed class BufferPool(long maxKeptBytes)
{
    private const int MinBytesLog2 = 8, MaxBytesLog2 = 27, StepsLog2 = 2;

    private readonly Lock _lock = new();
    private readonly Stack<byte[]>[] _kept = CreateStacks();
    private long _keptBytes;

    /// <summary>The pool that all brokers of a process share, as they share its memory.</summary>
    public static BufferPool Shared { get; } = new(128L * 1024 * 1024);

    /// <summary>Bytes that lie ready.</summary>
    public long KeptBytes
    {
        get
        {
            lock (_lock)
                return _keptBytes;
        }
    }

    /// <summary>An array of at least <paramref name="length"/> bytes, contents undefined.</summary>
    public byte[] Rent(int length)
    {
        var (index, size) = ClassOf(length);
        lock (_lock)
        {
            if (index < _kept.Length && _kept[index].TryPop(out var array))
            {
                _keptBytes -= array.Length;
                return array;
            }
        }

        return GC.AllocateUninitializedArray<byte>(size);
    }

    /// <summary>Takes an array back; nobody may use it any more.</summary>
    public void Return(byte[] array)
    {
        var (index, size) = ClassOf(array.Length);
        if (index >= _kept.Length || size != array.Length)
            return; // Larger than what is pooled.
        lock (_lock)
        {
            if (_keptBytes + size > maxKeptBytes)
                return;
            _kept[index].Push(array);
            _keptBytes += size;
        }
    }

    /// <summary>The size class that holds <paramref name="length"/> bytes: its index, and the length of its arrays.</summary>
    internal static (int Index, int Size) ClassOf(int length)
    {
        if (length <= 1 << MinBytesLog2)
            return (0, 1 << MinBytesLog2);
        var power = BitOperations.Log2((uint)length - 1);
        var step = 1 << (power - StepsLog2);
        var steps = (length - (1 << power) + step - 1) / step;
        var index = 1 + ((power - MinBytesLog2) << StepsLog2) + (steps - 1);
        return power >= MaxBytesLog2 ? (int.MaxValue, length) : (index, (1 << power) + (steps * step));
    }

    private static Stack<byte[]>[] CreateStacks()
    {
        var stacks = new Stack<byte[]>[1 + ((MaxBytesLog2 - MinBytesLog2) << StepsLog2)];
        for (var i = 0; i < stacks.Length; i++)
            stacks[i] = new Stack<byte[]>();
        return stacks;
    }
}

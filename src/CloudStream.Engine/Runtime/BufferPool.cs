using System.Diagnostics.CodeAnalysis;
using System.Numerics;

namespace CloudStream.Engine.Runtime;

/// <summary>
/// Arrays for record batches. The framework's shared pool keeps a few arrays per size and processor and gives them to the collector after a while; ours are
/// held for long (tail memory, cache) and come back by the dozen, so every append would allocate. Kept arrays are bounded in bytes; when they are too many, those of the size that has
/// not been asked for longest go, so that what a load before left behind does not take the place of what the present one needs. Sizes go in quarter steps between powers of two, so that
/// little is wasted. Thread-safe.
/// </summary>
internal sealed class BufferPool(long maxKeptBytes)
{
    private const int MinBytesLog2 = 8, MaxBytesLog2 = 27, StepsLog2 = 2;

    // A large array would take the place of too many small ones.
    private const int KeptShare = 4;

    private const long CollectAfterBytes = 64L * 1024 * 1024;
    private const int ClassCount = 1 + ((MaxBytesLog2 - MinBytesLog2) << StepsLog2);

    private readonly Lock _lock = new();
    private readonly Stack<byte[]>[] _kept = CreateStacks();
    private readonly long[] _askedAt = new long[ClassCount];
    private long _keptBytes;
    private long _asked;
    private long _newBytes;

    /// <summary>The pool that all brokers of a process share, as they share its memory.</summary>
    public static BufferPool Shared { get; } = new(64L * 1024 * 1024);

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
            if (index < ClassCount)
            {
                _askedAt[index] = ++_asked;
                if (TryTake(index, out var array))
                    return array;
            }
        }

        Spent(size);
        return GC.AllocateUninitializedArray<byte>(size);
    }

    /// <summary>Takes an array back; nobody may use it any more.</summary>
    public void Return(byte[] array)
    {
        var (index, size) = ClassOf(array.Length);
        if (index >= ClassCount || size != array.Length || size > maxKeptBytes / KeptShare)
            return; // Larger than what is pooled.
        lock (_lock)
        {
            while (_keptBytes + size > maxKeptBytes)
            {
                if (FindStaler(index) is not { } staler)
                    return;
                TryTake(staler, out _);
            }

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

    // The collector lets large arrays pile up to several times what is in use before it looks for those that are not. There are few objects to look through, so it is asked to look earlier.
    private void Spent(int bytes)
    {
        if (Interlocked.Add(ref _newBytes, bytes) < CollectAfterBytes)
            return;
        Interlocked.Exchange(ref _newBytes, 0);
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Forced, blocking: false);
    }

    private bool TryTake(int index, [NotNullWhen(true)] out byte[]? array)
    {
        if (!_kept[index].TryPop(out array))
            return false;
        _keptBytes -= array.Length;
        return true;
    }

    // The size with arrays kept that was asked for longest ago, if that is longer ago than for this one.
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

    private static Stack<byte[]>[] CreateStacks()
    {
        var stacks = new Stack<byte[]>[ClassCount];
        for (var i = 0; i < stacks.Length; i++)
            stacks[i] = new Stack<byte[]>();
        return stacks;
    }
}

using System.Buffers;
using System.Runtime.InteropServices;

namespace CloudStream.Log.Memory;

/// <summary>
/// Memory for record batches outside of the collector's heap: its address never changes, as transfers past the page cache want it, and when
/// it is given up others or the system have it at once, where the collector would let large arrays pile up first. What is dropped without
/// <see cref="BufferPool.Return"/>, as in a broker that fails in a test, the collector frees; so nobody uses it through a span alone,
/// without holding what refers to the buffer.
/// </summary>
/// <param name="owner">Where the memory goes back to.</param>
/// <param name="address">Where it begins.</param>
/// <param name="length">Bytes; their contents are undefined.</param>
internal sealed unsafe class NativeBuffer(INativeMemory owner, nint address, int length) : MemoryManager<byte>
{
    private readonly NativeMemoryHandle _memory = new(owner, address, length);

    /// <summary>Bytes.</summary>
    public int Length => length;

    /// <summary>A small buffer from the system, contents undefined.</summary>
    public static NativeBuffer Allocate(int length) => new(SystemMemory.Instance, (nint)NativeMemory.Alloc((nuint)length), length);

    /// <inheritdoc/>
    public override Span<byte> GetSpan()
    {
        ObjectDisposedException.ThrowIf(_memory.IsClosed, this);
        return new Span<byte>((byte*)_memory.Address, length);
    }

    /// <inheritdoc/>
    public override MemoryHandle Pin(int elementIndex = 0)
    {
        ObjectDisposedException.ThrowIf(_memory.IsClosed, this);
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)elementIndex, (uint)length, nameof(elementIndex));
        return new MemoryHandle((byte*)_memory.Address + elementIndex, default, this);
    }

    /// <summary>Nothing: it never moves.</summary>
    public override void Unpin()
    {
    }

    /// <summary>Gives the memory back; nobody may use it any more.</summary>
    public void Free() => _memory.Dispose();

    protected override void Dispose(bool disposing) => Free();

    private sealed class SystemMemory : INativeMemory
    {
        public static SystemMemory Instance { get; } = new();

        public void Release(nint address, int length) => NativeMemory.Free((void*)address);
    }
}

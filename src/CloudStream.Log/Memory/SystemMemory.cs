using System.Runtime.InteropServices;

namespace CloudStream.Log.Memory;

/// <summary>Small buffers one by one from the system. Thread-safe.</summary>
internal sealed unsafe class SystemMemory : INativeMemory
{
    private static readonly SystemMemory s_instance = new();

    private SystemMemory()
    {
    }

    /// <summary>A buffer of so many bytes, contents undefined.</summary>
    public static NativeBuffer Allocate(int length) => new(s_instance, (nint)NativeMemory.Alloc((nuint)length), length);

    /// <inheritdoc/>
    public void Release(nint address, int length) => NativeMemory.Free((void*)address);
}

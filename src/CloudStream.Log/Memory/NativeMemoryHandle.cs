using System.Runtime.InteropServices;

namespace CloudStream.Log.Memory;

/// <summary>A piece of native memory; given back when it is disposed of, or by the collector when nobody refers to it any more.</summary>
internal sealed class NativeMemoryHandle : SafeHandle
{
    private readonly INativeMemory _owner;
    private readonly int _length;

    public NativeMemoryHandle(INativeMemory owner, nint address, int length)
        : base(0, ownsHandle: true)
    {
        (_owner, _length) = (owner, length);
        SetHandle(address);
    }

    /// <inheritdoc/>
    public override bool IsInvalid => handle == 0;

    /// <summary>Where it begins.</summary>
    public nint Address => handle;

    /// <inheritdoc/>
    protected override bool ReleaseHandle()
    {
        _owner.Release(handle, _length);
        return true;
    }
}

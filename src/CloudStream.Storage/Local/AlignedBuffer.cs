using System.Runtime.InteropServices;

namespace CloudStream.Storage.Local;

/// <summary>Memory that begins at a block boundary and never moves, as transfers past the page cache want it.</summary>
/// <param name="bytes">How much, in whole blocks.</param>
internal sealed class AlignedBuffer(int bytes)
{
    /// <summary>Positions, lengths and addresses of direct transfers are multiples of this; enough for disks with large sectors.</summary>
    public const int BlockBytes = 4096;

    private readonly byte[] _array = GC.AllocateUninitializedArray<byte>(bytes + BlockBytes, pinned: true);

    /// <summary>The memory.</summary>
    public Span<byte> Span => _array.AsSpan(Start, bytes);

    private int Start => (int)((BlockBytes - (Marshal.UnsafeAddrOfPinnedArrayElement(_array, 0) % BlockBytes)) % BlockBytes);
}

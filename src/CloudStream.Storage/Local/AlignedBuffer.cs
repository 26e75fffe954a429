namespace CloudStream.Storage.Local;

/// <summary>Memory that begins at a block boundary and never moves, as transfers past the page cache want it.</summary>
internal sealed class AlignedBuffer
{
    /// <summary>Positions, lengths and addresses of direct transfers are multiples of this; enough for disks with large sectors.</summary>
    public const int BlockBytes = 4096;

    private const int Bytes = 2 * 1024 * 1024;

    private readonly byte[] _array = GC.AllocateUninitializedArray<byte>(Bytes + BlockBytes, pinned: true);
    private readonly int _start;

    public AlignedBuffer()
    {
        var address = System.Runtime.InteropServices.Marshal.UnsafeAddrOfPinnedArrayElement(_array, 0);
        _start = (int)((BlockBytes - (address % BlockBytes)) % BlockBytes);
    }

    /// <summary>The memory: 2 MiB, enough for most transfers at once.</summary>
    public Span<byte> Span => _array.AsSpan(_start, Bytes);
}

using CloudStream.Storage.Native;

namespace CloudStream.Storage.Local.Files;

/// <summary>Memory that begins at a block boundary and never moves, as transfers past the page cache want it.</summary>
/// <param name="bytes">How much, in whole blocks.</param>
internal sealed unsafe class AlignedBuffer(int bytes) : IDisposable
{
    /// <summary>Positions, lengths and addresses of direct transfers are multiples of this; enough for disks with large sectors.</summary>
    public const int BlockBytes = 4096;

    private readonly HugePages _pages = new(bytes);

    /// <summary>The memory, for as long as somebody refers to the buffer.</summary>
    public Span<byte> Span
    {
        get
        {
            ObjectDisposedException.ThrowIf(_pages.IsClosed, this);
            return new Span<byte>((void*)_pages.Address, bytes);
        }
    }

    public void Dispose() => _pages.Dispose();
}

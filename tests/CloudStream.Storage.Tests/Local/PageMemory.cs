using System.Buffers;
using CloudStream.Storage.Native;

namespace CloudStream.Storage.Tests.Local;

/// <summary>Memory that begins at a page, as callers give it to a store that is to read in place.</summary>
internal sealed unsafe class PageMemory(int bytes) : MemoryManager<byte>
{
    private readonly HugePages _pages = new(bytes);

    public override Span<byte> GetSpan() => new((void*)_pages.Address, bytes);

    public override MemoryHandle Pin(int elementIndex = 0) => new((byte*)_pages.Address + elementIndex, default, this);

    public override void Unpin()
    {
    }

    protected override void Dispose(bool disposing) => _pages.Dispose();
}

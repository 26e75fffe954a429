using System.Runtime.InteropServices;

namespace CloudStream.Storage.Native;

/// <summary>
/// Memory from the system in pages of 2 MiB, where it has such. What is transferred past the page cache is best kept in them: the disk is
/// handed one large piece instead of one for every 4 KiB, which doubles its rate on a virtual machine, and a first touch costs the kernel
/// one step instead of 512. What is not touched takes no memory. Given back when it is disposed of, or by the collector when nobody refers
/// to it any more.
/// </summary>
public sealed unsafe partial class HugePages : SafeHandle
{
    /// <summary>Bytes of a page, and what the memory is aligned to.</summary>
    public const int PageBytes = 2 * 1024 * 1024;

    private const int ReadWrite = 1 | 2, PrivateAnonymous = 0x02 | 0x20;
    private const int DontNeed = 4, Huge = 14;
    private const int OutOfMemory = unchecked((int)0x8007000E); // E_OUTOFMEMORY

    /// <summary>Takes as many whole pages as hold <paramref name="bytes"/>; their contents are undefined.</summary>
    /// <exception cref="OutOfMemoryException">The system has no more.</exception>
    public HugePages(long bytes)
        : base(0, ownsHandle: true)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(bytes);
        Bytes = (bytes + PageBytes - 1) / PageBytes * PageBytes;
        SetHandle(OperatingSystem.IsLinux() ? MapAligned(Bytes) : (nint)NativeMemory.AlignedAlloc((nuint)Bytes, PageBytes));
    }

    /// <summary>Bytes of all pages.</summary>
    public long Bytes { get; }

    /// <summary>Where they begin.</summary>
    public nint Address => handle;

    /// <inheritdoc/>
    public override bool IsInvalid => handle == 0;

    /// <summary>
    /// Gives the memory of one page back that may be used again later; its contents are lost. Does nothing where that is not supported, or
    /// when all are given back.
    /// </summary>
    public void Discard(int page)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)page, (ulong)(Bytes / PageBytes));
        if (OperatingSystem.IsLinux() && !IsClosed)
            _ = Advise(handle + ((nint)page * PageBytes), PageBytes, DontNeed);
    }

    /// <inheritdoc/>
    protected override bool ReleaseHandle()
    {
        if (OperatingSystem.IsLinux())
            return Unmap(handle, (nuint)Bytes) == 0;
        NativeMemory.AlignedFree((void*)handle);
        return true;
    }

    private static nint MapAligned(long bytes)
    {
        var mapped = Map(0, (nuint)(bytes + PageBytes), ReadWrite, PrivateAnonymous, -1, 0);
        if (mapped == -1)
            Marshal.ThrowExceptionForHR(OutOfMemory);
        var start = (mapped + PageBytes - 1) / PageBytes * PageBytes;
        Trim(mapped, start);
        Trim(start + (nint)bytes, mapped + (nint)bytes + PageBytes);
        _ = Advise(start, (nuint)bytes, Huge); // A system without them has small ones.
        return start;
    }

    private static void Trim(nint from, nint until)
    {
        if (until > from)
            _ = Unmap(from, (nuint)(until - from));
    }

    [LibraryImport("libc", EntryPoint = "mmap")]
    private static partial nint Map(nint address, nuint length, int protection, int flags, int file, nint offset);

    [LibraryImport("libc", EntryPoint = "munmap")]
    private static partial int Unmap(nint address, nuint length);

    [LibraryImport("libc", EntryPoint = "madvise")]
    private static partial int Advise(nint address, nuint length, int advice);
}

using System.Buffers;
using Microsoft.Win32.SafeHandles;

namespace CloudStream.Storage.Objects;

/// <summary>
/// A run of an object's bytes where they lie in a file of this machine, so that they can go to a socket without passing through the
/// process. Its memory (<see cref="Slice"/>) has a length and no bytes: only who looks for it may be handed some
/// (<see cref="System.Runtime.InteropServices.MemoryMarshal"/> finds the file behind it). The file stays open until this is disposed of,
/// also when it is deleted. Thread-safe, but for the end.
/// </summary>
public abstract class ObjectFile : MemoryManager<byte>
{
    private int _isOpen;

    /// <summary>A run in an open file, which stays open.</summary>
    /// <param name="file">The file.</param>
    /// <param name="position">Where the run begins in it.</param>
    /// <param name="length">Its bytes.</param>
    /// <exception cref="ObjectDisposedException">The file has just been closed.</exception>
    protected ObjectFile(SafeFileHandle file, long position, int length)
    {
        var isTaken = false;
        file.DangerousAddRef(ref isTaken);
        (Handle, Position, Length, _isOpen) = (file, position, length, 1);
    }

    /// <summary>The file.</summary>
    public SafeFileHandle Handle { get; }

    /// <summary>Where the run begins in the file.</summary>
    public long Position { get; }

    /// <summary>Its bytes.</summary>
    public int Length { get; }

    /// <summary>
    /// Whether what has been taken from the file up to now is the object's: asked after it was taken, and before anybody is given it.
    /// </summary>
    public abstract bool IsThere { get; }

    /// <summary>Shows the run to a scan from front to back, through the page cache, until the scan has enough.</summary>
    /// <returns>False where the file has been cut short.</returns>
    /// <exception cref="StoreException">It cannot be read.</exception>
    public abstract ValueTask<bool> TryScanAsync(IFileScan scan, CancellationToken cancellationToken);

    /// <summary>Sees to it that the run lies in the page cache, so that who sends it does not wait for the disk.</summary>
    /// <exception cref="StoreException">It cannot be read.</exception>
    public abstract ValueTask PrepareAsync(CancellationToken cancellationToken);

    /// <summary>Part of the run, as memory without bytes.</summary>
    public Memory<byte> Slice(int start, int length) => CreateMemory(start, length);

    /// <summary>Fails: the bytes are not in memory.</summary>
    public override Span<byte> GetSpan() => throw new NotSupportedException("The bytes lie in a file.");

    /// <summary>Fails: the bytes are not in memory.</summary>
    public override MemoryHandle Pin(int elementIndex = 0) => throw new NotSupportedException("The bytes lie in a file.");

    /// <summary>Nothing.</summary>
    public override void Unpin()
    {
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (Interlocked.Exchange(ref _isOpen, 0) != 0)
            Handle.DangerousRelease();
    }
}

using CloudStream.Storage.Local.Files;
using CloudStream.Storage.Objects;
using Microsoft.Win32.SafeHandles;

namespace CloudStream.Storage.Local.Objects;

/// <summary>Part of an object in a pack, or in a file of its own. Thread-safe, but for the end.</summary>
/// <param name="readers">Who waits for the disk.</param>
/// <param name="file">The open file.</param>
/// <param name="position">Where the part begins in the file.</param>
/// <param name="length">Its bytes.</param>
/// <param name="isThere">Whether the object has not been deleted from the file.</param>
internal sealed class LocalObjectFile(DiskReaders readers, SafeFileHandle file, long position, int length, Func<bool> isThere)
    : ObjectFile(file, position, length)
{
    /// <inheritdoc/>
    public override bool IsThere => isThere();

    /// <inheritdoc/>
    public override async ValueTask<bool> TryScanAsync(IFileScan scan, CancellationToken cancellationToken)
    {
        try
        {
            return await readers.TryScanAsync(Handle, Position, Length, scan);
        }
        catch (Exception e) when (FileFailure.IsOne(e))
        {
            throw FileFailure.AsStoreException(e, "reading a file", StoreErrorKind.Unavailable);
        }
    }

    /// <inheritdoc/>
    public override ValueTask PrepareAsync(CancellationToken cancellationToken) =>
        PageCache.Holds(Handle, Position, Length) ? ValueTask.CompletedTask : FillAsync();

    private async ValueTask FillAsync()
    {
        try
        {
            await readers.TryScanAsync(Handle, Position, Length, scan: null);
        }
        catch (Exception e) when (FileFailure.IsOne(e))
        {
            throw FileFailure.AsStoreException(e, "reading a file", StoreErrorKind.Unavailable);
        }
    }
}

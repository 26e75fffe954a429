using CloudStream.Storage.Local.Files;
using CloudStream.Storage.Native;
using CloudStream.Storage.Objects;

namespace CloudStream.Storage.Local.Objects;

public sealed partial class LocalObjectStore
{
    /// <inheritdoc/>
    public ValueTask<ObjectFile?> OpenFileAsync(string name, long position, int length, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        ObjectNames.Check(name);
        ObjectRanges.Check(name, position);
        FailIfClosed();
        if (length < DirectTransfers.LeastBytes || !FilePipe.IsSupported)
            return new((ObjectFile?)null);
        try
        {
            return new(OpenPacked(name, position, length) ?? OpenLarge(name, position, length));
        }
        catch (Exception e) when (FileFailure.IsOne(e))
        {
            throw FileFailure.AsStoreException(e, $"opening the object '{name}'", StoreErrorKind.Unavailable);
        }
    }

    private LocalObjectFile? OpenPacked(string name, long position, int length)
    {
        while (_packs.Index.Find(name) is { } entry)
        {
            try
            {
                return position + length <= entry.DataLength && _packs.Files.TryOpen(entry.Pack.Path) is { } file
                    && RandomAccess.GetLength(file) >= entry.End && PageCache.CanTell(file, entry.DataPosition)
                    && _packs.IsLive(entry, file)
                    ? new LocalObjectFile(_readers, file, entry.DataPosition + position, length, () => _packs.IsLive(entry, file))
                    : null;
            }
            catch (ObjectDisposedException)
            {
                FailIfClosed(); // Otherwise the handle was closed to make room for others: once more.
            }
        }

        return null;
    }

    private LocalObjectFile? OpenLarge(string name, long position, int length)
    {
        var path = _large.PathOf(name);
        while (_packs.Files.TryOpen(path) is { } file)
        {
            try
            {
                // Its bytes never change, also when it is deleted.
                return RandomAccess.GetLength(file) >= position + length && PageCache.CanTell(file, position)
                    ? new LocalObjectFile(_readers, file, position, length, static () => true)
                    : null;
            }
            catch (ObjectDisposedException)
            {
                FailIfClosed(); // Otherwise the handle was closed to make room for others: once more.
            }
        }

        return null;
    }
}

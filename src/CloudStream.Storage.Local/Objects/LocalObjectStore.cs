using System.Runtime.CompilerServices;
using CloudStream.Records;
using CloudStream.Storage.Local.Files;
using CloudStream.Storage.Local.Options;
using CloudStream.Storage.Local.Packs;
using CloudStream.Storage.Local.Writing;
using CloudStream.Storage.Objects;
using Microsoft.Win32.SafeHandles;

namespace CloudStream.Storage.Local.Objects;

/// <summary>
/// Objects in a folder, which several processes may share. Small objects are appended to pack files, each process to its own; large ones
/// get a file each. A put completes after fsync. Nothing is read at start-up: the index of the packs is built at the first name that is not
/// known. Thread-safe.
/// </summary>
/// <remarks>
/// A read of a whole packed object checks its CRC-32C. A range read does not: readers of ranges have the checksums of record batches and
/// directories. Large objects carry no checksum of their own.
/// </remarks>
public sealed partial class LocalObjectStore : IObjectStore, IDisposable
{
    private readonly LocalStoreOptions _options;
    private readonly DiskReaders _readers;
    private readonly PackFolder _packs;
    private readonly PackAppender _appender;
    private readonly WriteLane<PackWrite> _lane;
    private readonly LargeObjects _large;
    private int _disposed;

    /// <summary>Opens the store in a folder, creating it where there is none.</summary>
    /// <exception cref="StoreException"><see cref="StoreErrorKind.Refused"/> when the folder cannot be created.</exception>
    public LocalObjectStore(string folder, LocalStoreOptions options)
        : this(folder, options, null)
    {
    }

    internal LocalObjectStore(string folder, LocalStoreOptions options, DiskReserve? reserve)
    {
        options.Validate();
        _options = options;
        var (packs, files, temporary) = (Path.Combine(folder, "packs"), Path.Combine(folder, "files"), Path.Combine(folder, "tmp"));
        try
        {
            PosixFile.EnsureFolder(packs);
            PosixFile.EnsureFolder(files);
            PosixFile.EnsureFolder(temporary);
            PosixFile.FlushFolder(folder); // Another process may have created them and not come so far.
        }
        catch (Exception e) when (FileFailure.IsOne(e))
        {
            throw FileFailure.AsStoreException(e, $"creating the folder '{folder}'", StoreErrorKind.Refused);
        }

        var direct = new DirectTransfers(options.DirectTransfers);
        _readers = new DiskReaders(direct);
        _packs = new PackFolder(packs, new OpenFiles(options.MaxOpenFiles, direct));
        _appender = new PackAppender(_packs, options, direct, reserve);
        _lane = new WriteLane<PackWrite>("cloudstream-packs", options.MaxQueuedWrites, options.MaxWritesPerCommit, _appender.Write);
        _large = new LargeObjects(files, temporary, direct, reserve);
    }

    /// <summary>The appender, for tests that make it fail.</summary>
    internal PackAppender Appender => _appender;

    /// <summary>Some file of a folder that holds or held objects, without opening the store; null when there is none.</summary>
    internal static string? FindFile(string folder) =>
        FindFile(Path.Combine(folder, "packs"), "*.pack") ?? FindFile(Path.Combine(folder, "files"), $"*{LargeObjects.Suffix}");

    /// <inheritdoc/>
    public async ValueTask PutAsync(string name, IReadOnlyList<ReadOnlyMemory<byte>> content, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        ObjectNames.Check(name);
        FailIfClosed();
        long length = 0;
        for (var i = 0; i < content.Count; i++)
            length += content[i].Length;
        if (length > _options.MaxPackedObjectBytes)
        {
            await _large.PutAsync(name, content, length, cancellationToken);
            return;
        }

        var write = new PackWrite(name, content, (int)length);
        if (IsRepeat(write))
            return;
        await _lane.EnqueueAsync(write, cancellationToken);
        await write.WaitAsync(cancellationToken);
    }

    /// <inheritdoc/>
    public async ValueTask<int> GetRangeAsync(string name, long position, Memory<byte> destination, CancellationToken cancellationToken) =>
        (await GetRangeAsync(name, position, destination.Length, destination, cancellationToken)).Length;

    /// <inheritdoc/>
    public async ValueTask<Memory<byte>> GetRangeAsync(
        string name, long position, int length, Memory<byte> room, CancellationToken cancellationToken)
    {
        ObjectNames.Check(name);
        ObjectRanges.Check(name, position);
        FailIfClosed();
        try
        {
            return await ReadKnownAsync(name, position, length, room, cancellationToken)
                ?? await ReadLargeAsync(name, position, length, room, cancellationToken)
                ?? await ReadAfterRefreshAsync(name, position, length, room, cancellationToken)
                ?? throw NotFound(name);
        }
        catch (Exception e) when (FileFailure.IsOne(e))
        {
            throw FileFailure.AsStoreException(e, $"reading the object '{name}'", StoreErrorKind.Unavailable);
        }
    }

    /// <inheritdoc/>
    public async ValueTask<long> GetSizeAsync(string name, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        ObjectNames.Check(name);
        try
        {
            FailIfClosed();
            if ((FindLive(name)?.DataLength ?? _large.FindSize(name)) is { } size)
                return size;
            await _packs.RefreshAsync(withStates: false, cancellationToken);
            return FindLive(name)?.DataLength ?? throw NotFound(name);
        }
        catch (Exception e) when (FileFailure.IsOne(e))
        {
            throw FileFailure.AsStoreException(e, $"looking for the object '{name}'", StoreErrorKind.Unavailable);
        }
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<ObjectInfo> ListAsync(string prefix, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        ObjectNames.CheckPrefix(prefix);
        List<ObjectInfo> found;
        try
        {
            await _packs.RefreshAsync(withStates: true, cancellationToken);
            found = await Task.Run(() => ListAll(prefix), cancellationToken);
        }
        catch (Exception e) when (FileFailure.IsOne(e))
        {
            throw FileFailure.AsStoreException(e, "listing objects", StoreErrorKind.Unavailable);
        }

        string? previous = null;
        foreach (var info in found)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (info.Name != previous)
                yield return info;
            previous = info.Name;
        }
    }

    /// <inheritdoc/>
    public async ValueTask DeleteAsync(IReadOnlyCollection<string> names, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        foreach (var name in names)
            ObjectNames.Check(name);
        try
        {
            var mayBePacked = false;
            foreach (var name in names)
                mayBePacked |= !DeleteLarge(name);
            if (mayBePacked)
                // Known names too: a put that was repeated left an entry in another pack.
                await _packs.RefreshAsync(withStates: false, cancellationToken);

            var entries = new List<PackEntry>();
            foreach (var name in names.Distinct(StringComparer.Ordinal))
            {
                for (var entry = _packs.Index.Find(name); entry is not null; entry = entry.Duplicate)
                    entries.Add(entry);
            }

            if (entries.Count > 0)
                await _packs.DeleteAsync(entries);
        }
        catch (Exception e) when (FileFailure.IsOne(e))
        {
            throw FileFailure.AsStoreException(e, "deleting objects", StoreErrorKind.Unavailable);
        }
    }

    /// <summary>Finishes the puts that wait and seals the current pack.</summary>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0)
            return;
        _lane.Dispose();
        _large.Dispose();
        _readers.Dispose();
        _appender.Dispose();
        _packs.Dispose();
    }

    private static string? FindFile(string folder, string pattern) =>
        Directory.Exists(folder) ? Directory.EnumerateFiles(folder, pattern, SearchOption.AllDirectories).FirstOrDefault() : null;

    // Only what this process has made durable itself counts: another process's entry may still wait for its fsync.
    private bool IsRepeat(PackWrite write)
    {
        if (_packs.Index.Find(write.Name) is not { } entry || entry.Pack.Owner != _packs.OwnInstance)
            return false;
        if (entry.DataLength != write.DataLength || entry.DataCrc != write.DataCrc)
            throw new StoreException(StoreErrorKind.Invalid,
                $"the object '{write.Name}' exists with other bytes; objects are never overwritten");
        return true;
    }

    private async ValueTask<Memory<byte>?> ReadAfterRefreshAsync(
        string name, long position, int length, Memory<byte> room, CancellationToken cancellationToken)
    {
        await _packs.RefreshAsync(withStates: false, cancellationToken);
        return await ReadKnownAsync(name, position, length, room, cancellationToken);
    }

    /// <summary>Reads from the packs that are known; null when none of them holds the object.</summary>
    private async ValueTask<Memory<byte>?> ReadKnownAsync(
        string name, long position, int length, Memory<byte> room, CancellationToken cancellationToken)
    {
        while (_packs.Index.Find(name) is { } entry)
        {
            try
            {
                if (_packs.Files.TryOpen(entry.Pack.Path) is not { } file)
                {
                    _packs.Index.MarkDead(entry); // Another process has removed the whole pack.
                    continue;
                }

                var wanted = (int)Math.Min(length, Math.Max(0, entry.DataLength - position));
                var read = await ReadFullyAsync(entry.Pack.Path, file, entry.DataPosition + position, wanted, room, cancellationToken);
                if (!_packs.IsLive(entry, file))
                    continue;
                if (read.Length == wanted)
                    return CheckWhole(entry, read);
                _packs.Index.MarkDead(entry); // The end of a failed append, seen before its writer took it back.
            }
            catch (ObjectDisposedException)
            {
                FailIfClosed(); // Otherwise the handle was closed to make room for others: once more.
            }
        }

        return null;
    }

    private async ValueTask<Memory<byte>?> ReadLargeAsync(
        string name, long position, int length, Memory<byte> room, CancellationToken cancellationToken)
    {
        var path = _large.PathOf(name);
        while (File.Exists(path))
        {
            try
            {
                if (_packs.Files.TryOpen(path) is { } file)
                    return await ReadFullyAsync(path, file, position, length, room, cancellationToken);
            }
            catch (ObjectDisposedException)
            {
                FailIfClosed(); // Otherwise the handle was closed to make room for others: once more.
            }
        }

        return null;
    }

    private async ValueTask<Memory<byte>> ReadFullyAsync(
        string path, SafeFileHandle file, long position, int length, Memory<byte> room, CancellationToken cancellationToken)
    {
        if (length >= DirectTransfers.LeastBytes && PageCache.TryRead(file, room.Span[..length], position))
            return room[..length];
        if (length >= DirectTransfers.LeastBytes && _packs.Files.TryOpenDirect(path) is { } direct
            && await _readers.ReadAsync(direct, length, room, position) is { } read)
            return read;
        var total = 0;
        while (total < length)
        {
            var count = await RandomAccess.ReadAsync(file, room[total..length], position + total, cancellationToken);
            if (count == 0)
                break;
            total += count;
        }

        return room[..total];
    }

    private static Memory<byte> CheckWhole(PackEntry entry, Memory<byte> bytes)
    {
        if (bytes.Length == entry.DataLength && bytes.Length > 0 && Crc32C.Compute(bytes.Span) != entry.DataCrc)
            throw new StoreException(StoreErrorKind.Corrupt,
                $"the object '{entry.Name}' in '{entry.Pack.Path}' at {entry.DataPosition} does not match its CRC");
        return bytes;
    }

    private PackEntry? FindLive(string name)
    {
        while (_packs.Index.Find(name) is { } entry)
        {
            try
            {
                if (_packs.Files.TryOpen(entry.Pack.Path) is not { } file)
                    _packs.Index.MarkDead(entry);
                else if (_packs.IsLive(entry, file))
                    return entry;
            }
            catch (ObjectDisposedException)
            {
                FailIfClosed(); // Otherwise the handle was closed to make room for others: once more.
            }
        }

        return null;
    }

    private bool DeleteLarge(string name)
    {
        var path = _large.PathOf(name);
        if (!File.Exists(path))
            return false;
        File.Delete(path);
        _packs.Files.Close(path);
        return true;
    }

    private List<ObjectInfo> ListAll(string prefix)
    {
        var found = new List<ObjectInfo>();
        foreach (var entry in _packs.Index.LiveEntries(prefix))
            found.Add(new ObjectInfo(entry.Name, entry.DataLength));
        foreach (var (name, size) in _large.List(prefix))
            found.Add(new ObjectInfo(name, size));
        found.Sort(static (a, b) => string.CompareOrdinal(a.Name, b.Name));
        return found;
    }

    private void FailIfClosed()
    {
        if (Volatile.Read(ref _disposed) != 0)
            throw new StoreException(StoreErrorKind.Unavailable, "the store has been closed");
    }

    private static StoreException NotFound(string name) => new(StoreErrorKind.NotFound, $"there is no object '{name}'");
}

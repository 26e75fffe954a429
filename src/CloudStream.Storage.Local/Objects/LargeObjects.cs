using System.Text;
using CloudStream.Records;
using CloudStream.Storage.Local.Files;

namespace CloudStream.Storage.Local.Objects;

/// <summary>
/// Objects with a file of their own: written under a temporary name, fsynced, renamed, and the folder fsynced. The file holds exactly the
/// object's bytes. Thread-safe. Failures are <see cref="StoreException"/> for puts, those of the file system otherwise.
/// </summary>
internal sealed class LargeObjects(string folder, string temporaryFolder, DirectTransfers direct, DiskReserve? reserve = null) : IDisposable
{
    /// <summary>What the names of their files end in.</summary>
    public const string Suffix = ".object";

    private const int Writers = 4;
    private const int MaxPathPart = 200;
    private const char Slash = '~'; // Not a character of names.
    private const char Continued = '+';

    private readonly bool[] _durableFolders = new bool[256];
    private readonly SemaphoreSlim _writers = new(Writers, Writers);
    private int _lookedForLeftovers;
    private volatile bool _closed;

    /// <summary>Stores an object; the same bytes again are a repeat.</summary>
    public async Task PutAsync(string name, IReadOnlyList<ReadOnlyMemory<byte>> content, long length, CancellationToken cancellationToken)
    {
        await _writers.WaitAsync(cancellationToken);
        try
        {
            if (_closed)
                throw new StoreException(StoreErrorKind.Unavailable, "the store has been closed");
            await Task.Run(() => Put(name, content, length), CancellationToken.None);
        }
        finally
        {
            _writers.Release();
        }
    }

    /// <summary>The file of an object, whether or not it exists.</summary>
    public string PathOf(string name)
    {
        var path = new StringBuilder(folder.Length + name.Length + 16).Append(folder).Append(Path.DirectorySeparatorChar);
        path.Append($"{(byte)Crc32C.Compute(Encoding.ASCII.GetBytes(name)):x2}");
        var flat = name.Replace('/', Slash);
        for (var i = 0; i < flat.Length; i += MaxPathPart)
        {
            var part = flat.AsSpan(i, Math.Min(MaxPathPart, flat.Length - i));
            path.Append(Path.DirectorySeparatorChar).Append(part).Append(i + MaxPathPart < flat.Length ? Continued.ToString() : Suffix);
        }

        return path.ToString();
    }

    /// <summary>The object's size, null when there is none.</summary>
    public long? FindSize(string name)
    {
        var file = new FileInfo(PathOf(name));
        return file.Exists ? file.Length : null;
    }

    /// <summary>All large objects whose names start with the prefix, in no order.</summary>
    public IEnumerable<(string Name, long Size)> List(string prefix)
    {
        foreach (var file in new DirectoryInfo(folder).EnumerateFiles("*" + Suffix, SearchOption.AllDirectories))
        {
            // Below the hash folder, the parts joined are the name.
            var relative = Path.GetRelativePath(folder, file.FullName);
            var name = relative[3..^Suffix.Length].Replace(
                $"{Continued}{Path.DirectorySeparatorChar}", "", StringComparison.Ordinal).Replace(Slash, '/');
            if (name.StartsWith(prefix, StringComparison.Ordinal))
                yield return (name, file.Length);
        }
    }

    /// <summary>Waits for the puts under way. The semaphore itself stays: it holds no handle, and late callers must find it.</summary>
    public void Dispose()
    {
        _closed = true;
        for (var i = 0; i < Writers; i++)
            _writers.Wait();
        _writers.Release(Writers);
    }

    /// <summary>Removes what processes that crashed in the middle of a put have left.</summary>
    private void RemoveLeftovers()
    {
        foreach (var path in Directory.EnumerateFiles(temporaryFolder))
        {
            try
            {
                File.OpenHandle(path, FileMode.Open, FileAccess.Write, FileShare.None).Dispose();
                File.Delete(path);
            }
            catch (IOException)
            {
                // Being written, or just renamed.
            }
        }
    }

    private void Put(string name, IReadOnlyList<ReadOnlyMemory<byte>> content, long length)
    {
        var path = PathOf(name);
        reserve?.Require(name);
        try
        {
            if (Interlocked.Exchange(ref _lookedForLeftovers, 1) == 0)
                RemoveLeftovers();
            if (FindSize(name) is { } existing)
            {
                if (existing != length)
                    throw new StoreException(StoreErrorKind.Invalid,
                        $"the object '{name}' exists with other bytes; objects are never overwritten");
            }
            else
            {
                Directory.CreateDirectory(Path.GetDirectoryName(path)!);
                WriteAndRename(path, content, length);
            }
        }
        catch (Exception e) when (FileFailure.IsOne(e))
        {
            var failure = FileFailure.AsStoreException(e, $"writing the object '{name}'", StoreErrorKind.Unavailable);
            if (failure.Kind == StoreErrorKind.NotWritable)
                reserve?.GiveUp(failure);
            throw failure;
        }

        try
        {
            FlushFolders(path); // For a repeat too: the attempt that put the file there may have failed at this.
        }
        catch (Exception e) when (FileFailure.IsOne(e))
        {
            throw FileFailure.AsStoreException(e, $"flushing the folder of the object '{name}'", StoreErrorKind.Ambiguous);
        }
    }

    // A folder that another put or process has just created is not durable because it exists: each process flushes the way once by itself.
    private void FlushFolders(string path)
    {
        var parent = Path.GetDirectoryName(path)!;
        for (; Path.GetDirectoryName(parent) is { } next && parent != folder; parent = next)
            PosixFile.FlushFolder(parent);
        ref var isDurable = ref _durableFolders[HashOfPath(path)];
        if (!Volatile.Read(ref isDurable))
            PosixFile.FlushFolder(folder);
        Volatile.Write(ref isDurable, true);
    }

    private int HashOfPath(string path) => Convert.ToInt32(path.Substring(folder.Length + 1, 2), 16);

    private void WriteAndRename(string path, IReadOnlyList<ReadOnlyMemory<byte>> content, long length)
    {
        // Locked while it is written, so that others can tell a write under way from one that crashed.
        var temporary = Path.Combine(temporaryFolder, $"{Random.Shared.NextInt64():x16}");
        try
        {
            using (var file = PosixFile.Create(temporary, length))
            {
                using (var directFile = direct.TryOpen(temporary, FileAccess.Write))
                    direct.Write(file, directFile, [.. content.Where(piece => !piece.IsEmpty)], length, 0);
                PosixFile.FlushData(file);
                if (!OperatingSystem.IsWindows())
                    // Before the lock goes, or another process might take the file for a leftover.
                    File.Move(temporary, path, overwrite: true);
            }

            if (OperatingSystem.IsWindows())
                File.Move(temporary, path, overwrite: true);
        }
        catch
        {
            File.Delete(temporary);
            throw;
        }
    }
}

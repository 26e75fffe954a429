using System.Diagnostics;
using System.Security.Cryptography;
using CloudStream.Storage.Local.Files;
using Microsoft.Win32.SafeHandles;

namespace CloudStream.Storage.Local.Presence;

/// <summary>
/// A broker's start on a folder. Where the folder is missing or empty the start has it for itself until it has succeeded
/// (<see cref="Keep"/>), and one that fails removes what it made: the stores and the folders that they needed. Who comes meanwhile waits,
/// so there is never anything of somebody else's among what is removed. Where something lies in the folder already, nothing is held and
/// nothing removed.
/// </summary>
/// <remarks>
/// Everybody who starts here decides under an exclusive lock on a file of the folder, which is there only meanwhile. The operating system
/// drops the lock with the process: what a start leaves that was killed is taken for what any start leaves, unless it was just being
/// removed, which the next one finishes. Where locks prove nothing, nothing is removed. <see cref="Keep"/> may be called by any thread.
/// </remarks>
public sealed class FolderStart : IDisposable
{
    private const string LockName = "start";
    private const int TokenBytes = 16, MaxRefusals = 50;
    private const byte Removing = 1;
    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(20), s_patience = TimeSpan.FromSeconds(30);

    // Objects before registers, which say that there should be some.
    private static readonly string[] s_stores =
        ["objects", "alive", "registers.db-wal", "registers.db-shm", "registers.db-journal", "registers.db", "reserve"];

    private readonly string _folder;
    private readonly string _lockPath;
    private readonly List<string> _madeFolders = [];
    private SafeFileHandle? _held;
    private int _refusals;
    private int _isOver;

    private FolderStart(string folder)
    {
        _folder = Path.GetFullPath(folder);
        _lockPath = LockFile.PathOf(_folder, LockName);
    }

    /// <summary>Whether this start has the folder for itself.</summary>
    public bool IsFirst => _held is not null;

    /// <summary>Begins a start, and makes the folder where there is none. Dispose it when the stores are closed.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="cancellationToken">Ends the waiting for another start.</param>
    /// <exception cref="StoreException"><see cref="StoreErrorKind.Refused"/> when the folder cannot be made, or another process has been
    /// making it for 30 s; <see cref="StoreErrorKind.NotWritable"/> when the disk has no room for a new one.</exception>
    public static async Task<FolderStart> EnterAsync(string folder, CancellationToken cancellationToken)
    {
        var start = new FolderStart(folder);
        try
        {
            var began = Stopwatch.GetTimestamp();
            while (!start.TryEnter())
            {
                if (Stopwatch.GetElapsedTime(began) > s_patience)
                    throw new StoreException(StoreErrorKind.Refused,
                        $"another process has been making it for {s_patience.TotalSeconds} s and is not ready; nothing was changed");
                await Task.Delay(s_pause, cancellationToken);
            }

            return start;
        }
        catch (Exception e) when (FileFailure.IsOne(e))
        {
            start.Dispose();
            throw FileFailure.AsStoreException(e, $"making the folder '{folder}'", StoreErrorKind.Refused);
        }
        catch
        {
            start.Dispose();
            throw;
        }
    }

    /// <summary>The start has succeeded, or somebody is about to be served: what was made stays, and others may come.</summary>
    public void Keep()
    {
        if (Interlocked.Exchange(ref _isOver, 1) != 0 || _held is null)
            return;
        LockFile.Remove(_lockPath);
        FlushFolder(); // Before any record is acknowledged: what is kept is never taken for what is being made.
        _held.Dispose();
    }

    /// <summary>Removes what this start made, unless it is kept.</summary>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _isOver, 1) != 0)
            return;
        if (_held is not null)
        {
            RemoveStores(_held);
            LockFile.Remove(_lockPath);
        }

        // Only what is empty goes: somebody may just be coming.
        for (var i = _madeFolders.Count - 1; i >= 0; i--)
            Try(_madeFolders[i], static folder => Directory.Delete(folder));
        _held?.Dispose();
    }

    // False: try again.
    private bool TryEnter()
    {
        MakeFolders();
        try
        {
            PosixFile.EnsureFile(_lockPath);
        }
        catch (UnauthorizedAccessException)
        {
            return true; // Nothing can be made in it, which the stores will say if they need to.
        }
        catch (IOException)
        {
            return ++_refusals > MaxRefusals; // The same; or another start has just removed or made one or the other.
        }

        var held = PosixFile.TryOpen(_lockPath);
        if (held is null)
            return OperatingSystem.IsWindows() && Leave(null);
        if (PosixFile.TryLock(held, isShared: false) is not { } isTaken)
            return Leave(held);
        if (isTaken && IsOurs(held, out var isProven))
        {
            if (IsBeingRemoved(held))
                RemoveStores(held);
            RandomAccess.Write(held, [0], 0);
            if (!isProven || !IsEmpty())
                return Leave(held);
            _held = held;
            return true;
        }

        held.Dispose();
        return false;
    }

    // There is something already, or nothing can be proven.
    private bool Leave(SafeFileHandle? held)
    {
        LockFile.Remove(_lockPath);
        held?.Dispose();
        return true;
    }

    private void MakeFolders()
    {
        if (Directory.Exists(_folder))
            return;
        new DiskReserve(_folder).RequireRoomForFolder();
        var missing = new Stack<string>();
        for (var path = _folder; path is not null && !Directory.Exists(path); path = Path.GetDirectoryName(path))
            missing.Push(path);
        foreach (var path in missing)
        {
            if (!_madeFolders.Contains(path))
                _madeFolders.Add(path);
            PosixFile.EnsureFolder(path);
        }
    }

    // The lock is on a file that may have been removed meanwhile, and another one made under its name.
    private bool IsOurs(SafeFileHandle held, out bool isProven)
    {
        isProven = false;
        Span<byte> written = stackalloc byte[TokenBytes], found = stackalloc byte[TokenBytes];
        RandomNumberGenerator.Fill(written);
        RandomAccess.Write(held, written, 1);
        using var again = PosixFile.TryOpen(_lockPath);
        if (again is null || RandomAccess.Read(again, found, 1) != TokenBytes || !found.SequenceEqual(written))
            return false;

        // There are file systems that take locks and keep none.
        isProven = PosixFile.TryLock(again, isShared: false) == false;
        return true;
    }

    private static bool IsBeingRemoved(SafeFileHandle held)
    {
        Span<byte> state = stackalloc byte[1];
        return RandomAccess.Read(held, state, 0) == 1 && state[0] == Removing;
    }

    private bool IsEmpty() => Directory.EnumerateFileSystemEntries(_folder).All(path => path == _lockPath);

    // Marked first: half of it would not be fit for use.
    private void RemoveStores(SafeFileHandle held)
    {
        Try(held, static file => RandomAccess.Write(file, [Removing], 0));
        foreach (var name in s_stores)
            Try(Path.Combine(_folder, name), Remove);
        Try(_folder, static folder =>
        {
            foreach (var left in Directory.EnumerateFiles(folder, "reserve.*"))
                File.Delete(left);
        });
    }

    private static void Remove(string path)
    {
        if (Directory.Exists(path))
            Directory.Delete(path, recursive: true);
        else
            File.Delete(path);
    }

    private void FlushFolder() => Try(_folder, PosixFile.FlushFolder);

    // What cannot be removed stays; why the start failed is what has to be said.
    private static void Try<T>(T what, Action<T> action)
    {
        try
        {
            action(what);
        }
        catch (Exception e) when (FileFailure.IsOne(e))
        {
            // As it says.
        }
    }
}

using Microsoft.Win32.SafeHandles;

namespace CloudStream.Storage.Local.Files;

/// <summary>
/// A file that a process holds an exclusive lock on for as long as it lives, as others find it. The operating system drops the lock with
/// the process, however that ends: a file that is there and can be locked proves its owner dead. Not on Windows.
/// </summary>
internal static class LockFile
{
    private const string Suffix = ".lock";

    /// <summary>What a look at a lock file tells of its owner.</summary>
    public enum State
    {
        /// <summary>Nothing: it cannot be opened or locked, or this file system takes locks and keeps none.</summary>
        Unknown,

        /// <summary>There is no such file.</summary>
        Missing,

        /// <summary>The owner lives.</summary>
        Held,

        /// <summary>The owner is dead.</summary>
        Free,
    }

    /// <summary>The lock file of that name.</summary>
    public static string PathOf(string folder, string name) => Path.Combine(folder, name + Suffix);

    /// <summary>The names that have a lock file.</summary>
    public static IEnumerable<string> List(string folder) =>
        Directory.EnumerateFiles(folder, "*" + Suffix).Select(path => Path.GetFileNameWithoutExtension(path));

    /// <summary>Finds out whether a lock file's owner lives.</summary>
    /// <param name="path">The file.</param>
    /// <param name="remove">Removes it where its owner is dead.</param>
    /// <param name="tryLock">Locks an open file, shared or not, as <see cref="PosixFile.TryLock"/> does, which is what null stands
    /// for.</param>
    public static State Probe(string path, bool remove, Func<SafeFileHandle, bool, bool?>? tryLock = null)
    {
        tryLock ??= PosixFile.TryLock;
        using var file = PosixFile.TryOpen(path);
        using var again = file is null ? null : PosixFile.TryOpen(path);
        if (file is null || again is null)
            return File.Exists(path) ? State.Unknown : State.Missing;

        // Shared, so that two who ask at once do not take each other for the owner.
        if (tryLock(file, true) is not { } taken)
            return State.Unknown;
        if (!taken)
            return State.Held;

        // There are file systems that take locks and keep none: what this process could lock twice says nothing.
        if (tryLock(again, false) != false)
            return State.Unknown;

        // Removed while it is locked: whoever is about to lock it finds it gone.
        if (remove)
            Remove(path);
        return State.Free;
    }

    /// <summary>Removes a lock file. One that cannot be removed stays for whoever looks next.</summary>
    public static void Remove(string path)
    {
        try
        {
            File.Delete(path);
        }
        catch (Exception e) when (FileFailure.IsOne(e))
        {
            // As it says.
        }
    }
}

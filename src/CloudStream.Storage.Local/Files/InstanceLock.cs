using Microsoft.Win32.SafeHandles;

namespace CloudStream.Storage.Local.Files;

/// <summary>
/// Tells whether the process that owns a pack still lives: each instance holds an exclusive lock on a file of its own for as long as it may
/// append. The operating system drops the lock with the process. Not thread-safe; other processes may ask at any time.
/// </summary>
internal sealed class InstanceLock : IDisposable
{
    private readonly SafeFileHandle _held;

    private InstanceLock(string instance, SafeFileHandle held) => (Instance, _held) = (instance, held);

    /// <summary>This instance's name: 16 random hexadecimal digits.</summary>
    public string Instance { get; }

    /// <summary>Takes a fresh name and its lock.</summary>
    public static InstanceLock Take(string folder)
    {
        for (var attempt = 0; ; attempt++)
        {
            var instance = $"{Random.Shared.NextInt64():x16}";
            try
            {
                var held = File.OpenHandle(PathOf(folder, instance), FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None,
                    FileOptions.DeleteOnClose);
                if (File.Exists(PathOf(folder, instance)))
                    return new(instance, held);
                held.Dispose(); // Another process found the file before it was locked and took it for one that is left over: another name.
            }
            catch (IOException) when (attempt < 3)
            {
                // Taken, or another process asked in the very moment between its creation and its lock: another name.
            }
        }
    }

    /// <summary>
    /// Whether the owner of that name may still append. So it is said of everybody where locks prove nothing: what such an owner has
    /// not sealed stays.
    /// </summary>
    public static bool IsHeld(string folder, string instance) =>
        (OperatingSystem.IsWindows()
            ? ProbeShared(folder, instance, FileOptions.None)
            : LockFile.Probe(PathOf(folder, instance), remove: false)) is LockFile.State.Held or LockFile.State.Unknown;

    /// <summary>The instances that have a lock file.</summary>
    public static IEnumerable<string> List(string folder) => LockFile.List(folder);

    /// <summary>Removes the lock file of an instance that has left nothing else, unless it is held.</summary>
    public static void TryForget(string folder, string instance)
    {
        if (OperatingSystem.IsWindows())
            ProbeShared(folder, instance, FileOptions.DeleteOnClose);
        else
            LockFile.Probe(PathOf(folder, instance), remove: true);
    }

    /// <summary>Removes the lock file and lets go of it.</summary>
    public void Dispose() => _held.Dispose();

    // On Windows a file that is open cannot be opened again: that is the lock.
    private static LockFile.State ProbeShared(string folder, string instance, FileOptions options)
    {
        try
        {
            File.OpenHandle(PathOf(folder, instance), FileMode.Open, FileAccess.ReadWrite, FileShare.None, options).Dispose();
            return LockFile.State.Free;
        }
        catch (FileNotFoundException)
        {
            return LockFile.State.Missing;
        }
        catch (IOException)
        {
            return LockFile.State.Held;
        }
    }

    private static string PathOf(string folder, string instance) => LockFile.PathOf(folder, instance);
}

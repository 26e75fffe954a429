using Microsoft.Win32.SafeHandles;

namespace CloudStream.Storage.Local;

/// <summary>
/// Tells whether the process that owns a pack still lives: each instance holds an exclusive lock on a file of its own for as long as it may append.
/// The operating system drops the lock with the process. Not thread-safe; other processes may ask at any time.
/// </summary>
internal sealed class InstanceLock : IDisposable
{
    private const string Suffix = ".lock";

    private readonly string _folder;
    private readonly SafeFileHandle _held;

    private InstanceLock(string folder, string instance, SafeFileHandle held) => (_folder, Instance, _held) = (folder, instance, held);

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
                return new(folder, instance, File.OpenHandle(PathOf(folder, instance), FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None));
            }
            catch (IOException) when (attempt < 3)
            {
                // Taken, or another process asked in the very moment between its creation and its lock: another name.
            }
        }
    }

    /// <summary>Whether the owner of that name may still append.</summary>
    public static bool IsHeld(string folder, string instance)
    {
        try
        {
            File.OpenHandle(PathOf(folder, instance), FileMode.Open, FileAccess.ReadWrite, FileShare.None).Dispose();
            return false;
        }
        catch (FileNotFoundException)
        {
            return false;
        }
        catch (IOException)
        {
            return true;
        }
    }

    /// <summary>The instances that have a lock file.</summary>
    public static IEnumerable<string> List(string folder) => Directory.EnumerateFiles(folder, "*" + Suffix).Select(path => Path.GetFileNameWithoutExtension(path));

    /// <summary>Removes the lock file of an instance that is gone and has left nothing.</summary>
    public static void Forget(string folder, string instance) => File.Delete(PathOf(folder, instance));

    public void Dispose()
    {
        File.Delete(PathOf(_folder, Instance));
        _held.Dispose();
    }

    private static string PathOf(string folder, string instance) => Path.Combine(folder, instance + Suffix);
}

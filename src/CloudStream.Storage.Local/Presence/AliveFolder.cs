using CloudStream.Storage.Local.Files;
using CloudStream.Storage.Presence;
using Microsoft.Win32.SafeHandles;

namespace CloudStream.Storage.Local.Presence;

/// <summary>
/// The processes that use a folder: each holds an exclusive lock on a file of its own for as long as it lives, and the operating system
/// drops the lock with the process, however that ends. A file that is there and can be locked proves its owner dead; one that is gone
/// proves nothing. Thread-safe.
/// </summary>
public sealed class AliveFolder : IDeathProof, IDisposable
{
    private const int InstanceLength = 16;
    private const int Attempts = 10;

    private readonly string _folder;
    private readonly SafeFileHandle _held;

    private AliveFolder(string folder, string instance, SafeFileHandle held) => (_folder, Instance, _held) = (folder, instance, held);

    /// <inheritdoc/>
    public string Instance { get; }

    /// <summary>
    /// Shows that this process lives. Null where that cannot be shown: no room, no rights, or a file system without locks.
    /// </summary>
    /// <param name="folder">The folder of lock files, made when missing.</param>
    public static AliveFolder? TryEnter(string folder)
    {
        try
        {
            PosixFile.EnsureFolder(folder);
            for (var attempt = 0; attempt < Attempts; attempt++)
            {
                if (TryTake(folder) is not { } entered)
                    continue;
                PosixFile.FlushFolder(folder); // After a crash of the machine, too, the file is there to be locked.
                if (entered.IsProvenAlive)
                    return entered;
                entered.Forget(entered.Instance);
                entered.Dispose();
                return null;
            }
        }
        catch (Exception e) when (FileFailure.IsOne(e))
        {
            // Others wait for this process's silence, as they do on any other store.
        }

        return null;
    }

    /// <inheritdoc/>
    public IReadOnlyList<string> List()
    {
        try
        {
            return [.. LockFile.List(_folder).Where(IsInstance)];
        }
        catch (Exception e) when (FileFailure.IsOne(e))
        {
            return [];
        }
    }

    /// <inheritdoc/>
    public bool IsDead(string instance) => Probe(instance, remove: false) == LockFile.State.Free;

    /// <inheritdoc/>
    public void Forget(string instance)
    {
        if (instance == Instance)
            LockFile.Remove(LockFile.PathOf(_folder, instance));
        else
            Probe(instance, remove: true);
    }

    /// <summary>Lets go of the lock and leaves the file, so that others see at once that this process is gone.</summary>
    public void Dispose() => _held.Dispose();

    // A lock that this process could take twice says nothing: there are file systems that take locks and keep none.
    private bool IsProvenAlive => Probe(Instance, remove: false) == LockFile.State.Held;

    private static AliveFolder? TryTake(string folder)
    {
        var instance = $"{Random.Shared.NextInt64():x16}";
        var held = File.OpenHandle(LockFile.PathOf(folder, instance), FileMode.CreateNew, FileAccess.ReadWrite,
            FileShare.ReadWrite | FileShare.Delete);

        // Another process may find the file before it is locked, and remove it as one that is left over: then another name.
        if (PosixFile.TryLock(held, isShared: false) == false || !File.Exists(LockFile.PathOf(folder, instance)))
        {
            held.Dispose();
            return null;
        }

        return new AliveFolder(folder, instance, held);
    }

    private LockFile.State Probe(string instance, bool remove) =>
        IsInstance(instance) ? LockFile.Probe(LockFile.PathOf(_folder, instance), remove) : LockFile.State.Unknown;

    // The name comes from a register: it must not lead anywhere else.
    private static bool IsInstance(string name) => name.Length == InstanceLength && name.All(char.IsAsciiHexDigitLower);
}

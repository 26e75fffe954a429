using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace CloudStream.Storage.Local.Files;

/// <summary>
/// The few file system calls that the framework lacks. Elsewhere than on Linux each falls back to what is safe there. Failures are
/// <see cref="IOException"/>.
/// </summary>
internal static partial class PosixFile
{
    private const int OpenReadOnly = 0;
    private const int OpenWriteOnly = 1;
    private const int OpenReadWrite = 2;
    private const int LockShared = 1;
    private const int LockExclusive = 2;
    private const int LockWithoutWaiting = 4;
    private const int InvalidArgument = 22; // EINVAL
    private const int NoSpace = 28; // ENOSPC
    private const int AnyInputOutputFailure = unchecked((int)0x80131620); // COR_E_IO
    private const int NotSupported = 95; // EOPNOTSUPP
    private const int LinuxCloseOnExec = 0x80000;
    private const int KeepSizePunchHole = 1 | 2;
    private const int PageBytes = 4096;

    private static int CloseOnExec => OperatingSystem.IsLinux() ? LinuxCloseOnExec : 0x1000000;

    private static int WouldBlock => OperatingSystem.IsLinux() ? 11 : 35; // EWOULDBLOCK

    // O_DIRECT differs by processor; elsewhere nobody has tried it.
    private static readonly int s_linuxDirect = RuntimeInformation.ProcessArchitecture switch
    {
        Architecture.X64 => 0x4000,
        Architecture.Arm64 => 0x10000,
        _ => 0,
    };

    /// <summary>Opens an existing file for transfers past the page cache.</summary>
    /// <param name="path">The file.</param>
    /// <param name="access">Reading or writing.</param>
    /// <param name="isSupported">False when this system or file system has no such transfers.</param>
    /// <returns>Null when it is not supported, or the file cannot be opened: whoever opens it as usual is told why.</returns>
    public static SafeFileHandle? TryOpenDirect(string path, FileAccess access, out bool isSupported)
    {
        isSupported = OperatingSystem.IsLinux() && s_linuxDirect != 0;
        if (!isSupported)
            return null;
        var descriptor = Open(path, (access == FileAccess.Read ? OpenReadOnly : OpenWriteOnly) | s_linuxDirect | LinuxCloseOnExec);
        if (descriptor >= 0)
            return new SafeFileHandle(descriptor, ownsHandle: true);
        isSupported = Marshal.GetLastPInvokeError() is not (InvalidArgument or NotSupported);
        return null;
    }

    /// <summary>Opens an existing file without any of the framework's own locks; null when that cannot be done.</summary>
    public static SafeFileHandle? TryOpen(string path)
    {
        if (OperatingSystem.IsWindows())
            return null;
        var descriptor = Open(path, OpenReadWrite | CloseOnExec);
        return descriptor >= 0 ? new SafeFileHandle(descriptor, ownsHandle: true) : null;
    }

    /// <summary>
    /// Locks an open file until it is closed, instead of how it was locked before. False: somebody else's lock is in the way; null: it
    /// cannot be locked here.
    /// </summary>
    public static bool? TryLock(SafeFileHandle file, bool isShared)
    {
        if (OperatingSystem.IsWindows())
            return null;
        if (FLock(file, (isShared ? LockShared : LockExclusive) | LockWithoutWaiting) == 0)
            return true;
        return Marshal.GetLastPInvokeError() == WouldBlock ? false : null;
    }

    /// <summary>
    /// Creates a file that nobody else has, with room for so many bytes set aside. A disk without so much room is told as such by its code,
    /// which the framework leaves out.
    /// </summary>
    public static SafeFileHandle Create(string path, long bytes)
    {
        try
        {
            return File.OpenHandle(path, FileMode.CreateNew, FileAccess.Write, FileShare.None, FileOptions.None, bytes);
        }
        catch (IOException e) when (e.HResult == AnyInputOutputFailure)
        {
            throw new IOException(e.Message, NoSpace);
        }
    }

    /// <summary>Makes a file's data and length durable.</summary>
    public static void FlushData(SafeFileHandle file)
    {
        if (!OperatingSystem.IsLinux())
            RandomAccess.FlushToDisk(file);
        else if (FDataSync(file) != 0)
            throw Failure("fdatasync");
    }

    /// <summary>Makes the names in a folder durable: without it a new or renamed file can vanish in a crash of the machine.</summary>
    public static void FlushFolder(string path)
    {
        if (OperatingSystem.IsWindows())
            return; // NTFS logs names itself.
        var descriptor = Open(path, OpenReadOnly | (OperatingSystem.IsLinux() ? LinuxCloseOnExec : 0));
        if (descriptor < 0)
            throw Failure("open");
        var failure = FSync(descriptor) == 0 ? null : Failure("fsync");
        _ = Close(descriptor);
        if (failure is not null)
            throw failure;
    }

    /// <summary>Creates an empty file if it does not exist.</summary>
    public static void EnsureFile(string path)
    {
        try
        {
            File.OpenHandle(path, FileMode.CreateNew, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete).Dispose();
        }
        catch (IOException) when (File.Exists(path))
        {
            // It does.
        }
    }

    /// <summary>Creates a folder, and makes its name durable, if it does not exist.</summary>
    public static void EnsureFolder(string path)
    {
        if (Directory.Exists(path))
            return;
        var parent = Path.GetDirectoryName(Path.GetFullPath(path));
        if (parent is not null)
            EnsureFolder(parent);
        Directory.CreateDirectory(path);
        if (parent is not null)
            FlushFolder(parent);
    }

    /// <summary>
    /// Gives the whole pages between two positions back to the file system; they read as zeros from then on. Does nothing where that is not
    /// supported.
    /// </summary>
    /// <returns>False when that has to wait: a socket may still hold pages that would become zeros (<see cref="PageCache"/>).</returns>
    public static bool TryPunchHole(SafeFileHandle file, long from, long until)
    {
        var first = (from + PageBytes - 1) / PageBytes * PageBytes;
        var last = until / PageBytes * PageBytes;
        if (last <= first || !OperatingSystem.IsLinux())
            return true;
        if (PageCache.AreEndsInUse(file, first, last))
            return false;
        _ = FAllocate(file, KeepSizePunchHole, first, last - first);
        return true;
    }

    private static IOException Failure(string call)
    {
        var error = Marshal.GetLastPInvokeError();
        return new IOException($"{call} failed: {Marshal.GetPInvokeErrorMessage(error)}", error);
    }

    [LibraryImport("libc", EntryPoint = "fdatasync", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int FDataSync(SafeFileHandle file);

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "flock", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int FLock(SafeFileHandle file, int operation);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int FSync(int descriptor);

    [LibraryImport("libc", EntryPoint = "close", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Close(int descriptor);

    [LibraryImport("libc", EntryPoint = "fallocate", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int FAllocate(SafeFileHandle file, int mode, long offset, long length);
}

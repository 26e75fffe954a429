using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace CloudStream.Storage.Local.Files;

/// <summary>
/// What the page cache holds of a file: read it without waiting for the disk (preadv2 with RWF_NOWAIT), ask for it, fill it, empty it.
/// Where the system or the file system cannot say, it holds nothing. Thread-safe.
/// </summary>
internal static unsafe partial class PageCache
{
    private const int NoWait = 8; // RWF_NOWAIT
    private const int DoNotNeed = 4; // POSIX_FADV_DONTNEED
    private const int Interrupted = 4, InvalidArgument = 22, NotImplemented = 38, NotSupported = 95;

    // A large folio's bytes at most, on either side of what is looked at.
    private const int MaxFolioBytes = 4 * 1024 * 1024;

    private static readonly SafeFileHandle? s_nowhere = OpenNowhere();
    private static volatile bool s_isOff = !OperatingSystem.IsLinux() || !Environment.Is64BitProcess;

    /// <summary>Whether the system can say what it holds of a file.</summary>
    public static bool CanTell(SafeFileHandle file, long position)
    {
        Span<byte> one = stackalloc byte[1];
        return ReadSome(file, one, position) >= 0 || !s_isOff;
    }

    /// <summary>Reads what it holds; false when it does not hold all of it, and then what was read is undefined.</summary>
    public static bool TryRead(SafeFileHandle file, Span<byte> destination, long position)
    {
        if (!Holds(file, position, destination.Length))
            return false;
        for (var done = 0; done < destination.Length;)
        {
            var count = ReadSome(file, destination[done..], position + done);
            if (count <= 0)
                return false;
            done += count;
        }

        return true;
    }

    /// <summary>Whether it holds the ends of a run, and so most likely what is between.</summary>
    public static bool Holds(SafeFileHandle file, long position, int length)
    {
        Span<byte> one = stackalloc byte[1];
        return ReadSome(file, one, position + length - 1) == 1 && ReadSome(file, one, position) == 1;
    }

    /// <summary>Fills it with a run of a file, waiting for the disk, without the bytes passing through the process.</summary>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static void Fill(SafeFileHandle file, long position, int length)
    {
        while (length > 0 && s_nowhere is not null)
        {
            var sent = SendFile(s_nowhere, file, &position, (nuint)length);
            if (sent == 0)
                return;
            if (sent > 0)
                length -= (int)sent;
            else if (Marshal.GetLastPInvokeError() is var error && error != Interrupted)
                throw new IOException($"sendfile failed: {Marshal.GetPInvokeErrorMessage(error)}", error);
        }
    }

    /// <summary>
    /// Gives up what it holds about a run, and says whether somebody still uses pages that lie across its ends: a socket may hold such a
    /// page until its client has read it, and bytes that are given back to the file system become zeros in it.
    /// </summary>
    public static bool AreEndsInUse(SafeFileHandle file, long from, long until)
    {
        if (s_isOff || until - from < DirectTransfers.LeastBytes)
            return false; // Nothing is sent from files then, or nothing so small.
        var start = Math.Max(0, from - MaxFolioBytes);
        _ = Advise(file, start, until + MaxFolioBytes - start, DoNotNeed);
        Span<byte> one = stackalloc byte[1];
        return ReadSome(file, one, from) == 1 || ReadSome(file, one, until - 1) == 1;
    }

    // Without waiting: -1 where it holds nothing.
    private static int ReadSome(SafeFileHandle file, Span<byte> destination, long position)
    {
        if (s_isOff)
            return -1;
        try
        {
            fixed (byte* start = destination)
            {
                var vector = new Vector { Start = start, Length = (nuint)destination.Length };
                var count = (int)ReadVector(file, &vector, 1, position, NoWait);
                if (count < 0 && Marshal.GetLastPInvokeError() is InvalidArgument or NotImplemented or NotSupported)
                    s_isOff = true;
                return count;
            }
        }
        catch (EntryPointNotFoundException)
        {
            s_isOff = true; // A C library without it.
            return -1;
        }
    }

    private static SafeFileHandle? OpenNowhere() =>
        OperatingSystem.IsLinux() && File.Exists("/dev/null")
            ? File.OpenHandle("/dev/null", FileMode.Open, FileAccess.Write, FileShare.ReadWrite)
            : null;

    private struct Vector
    {
        public byte* Start;
        public nuint Length;
    }

    [LibraryImport("libc", EntryPoint = "preadv2", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial nint ReadVector(SafeFileHandle file, Vector* vectors, int count, long position, int flags);

    [LibraryImport("libc", EntryPoint = "sendfile", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial nint SendFile(SafeFileHandle to, SafeFileHandle from, long* offset, nuint length);

    [LibraryImport("libc", EntryPoint = "posix_fadvise")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Advise(SafeFileHandle file, long offset, long length, int advice);
}

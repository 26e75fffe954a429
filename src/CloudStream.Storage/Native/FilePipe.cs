using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace CloudStream.Storage.Native;

/// <summary>
/// A pipe of the kernel through which pages of the page cache go to a socket as they are: splice(2), which is what sendfile(2) does inside.
/// Between its two steps one can ask whether what was taken from the file is still what was wanted. Linux alone. Used by one at a time.
/// </summary>
public sealed unsafe partial class FilePipe : IDisposable
{
    private const int WantedBytes = 1024 * 1024; // What a pipe may have without privileges.
    private const int LeastBytes = 64 * 1024; // What it has where the user has many.
    private const int CloseOnExec = 0x80000, SetPipeSize = 1031;
    private const uint NonBlocking = 2, MoreFollows = 4;
    private const int MessageDoNotWait = 0x40, MessageNoSignal = 0x4000, MessageMore = 0x8000;
    private const int Interrupted = 4, WouldBlock = 11, InvalidArgument = 22, NotImplemented = 38, NotSupported = 95;

    private readonly SafeFileHandle _end;
    private readonly SafeFileHandle _beginning;

    private FilePipe(SafeFileHandle end, SafeFileHandle beginning, int bytes) => (_end, _beginning, Bytes) = (end, beginning, bytes);

    /// <summary>Whether there are such pipes here.</summary>
    public static bool IsSupported => OperatingSystem.IsLinux() && Environment.Is64BitProcess;

    /// <summary>How much it holds at most.</summary>
    public int Bytes { get; }

    /// <summary>What is in it.</summary>
    public int Held { get; private set; }

    /// <summary>A pipe; null where none can be had.</summary>
    public static FilePipe? TryCreate()
    {
        if (!IsSupported)
            return null;
        var ends = stackalloc int[2];
        if (CreatePipe(ends, CloseOnExec) != 0)
            return null;
        var bytes = Control(ends[1], SetPipeSize, WantedBytes);
        return new FilePipe(new SafeFileHandle(ends[0], true), new SafeFileHandle(ends[1], true), bytes > 0 ? bytes : LeastBytes);
    }

    /// <summary>Fills the empty pipe from a file; what is not in the page cache is read.</summary>
    /// <returns>How much was taken: 0 at the end of the file, and -1 where the file system has no such calls and it must be
    /// copied.</returns>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public int Fill(SafeFileHandle file, long position, int length)
    {
        nint taken;
        do
            taken = Splice(file, &position, _beginning, null, (nuint)Math.Min(length, Bytes), 0);
        while (taken < 0 && Marshal.GetLastPInvokeError() == Interrupted);
        if (taken < 0 && Marshal.GetLastPInvokeError() is not (InvalidArgument or NotImplemented or NotSupported))
            throw Failure("splice from a file");
        Held = (int)Math.Max(0, taken);
        return (int)taken;
    }

    /// <summary>Empties the pipe into a socket that does not block, as far as the socket takes it.</summary>
    /// <param name="socket">The socket.</param>
    /// <param name="isMoreToCome">Whether more follows, so that the last packet can wait for it.</param>
    /// <exception cref="IOException">The client is gone.</exception>
    public void Drain(SafeHandle socket, bool isMoreToCome)
    {
        while (Held > 0)
        {
            var sent = Splice(_end, null, socket, null, (nuint)Held, NonBlocking | (isMoreToCome ? MoreFollows : 0));
            if (sent > 0)
                Held -= (int)sent;
            else if (sent == 0 || Marshal.GetLastPInvokeError() == WouldBlock)
                return;
            else if (Marshal.GetLastPInvokeError() != Interrupted)
                throw Failure("splice to a socket");
        }
    }

    /// <summary>Takes out what is in the pipe, or as much as there is room for.</summary>
    public int Take(Span<byte> destination)
    {
        nint count;
        fixed (byte* start = destination)
        {
            do
                count = Read(_end, start, (nuint)Math.Min(destination.Length, Held));
            while (count < 0 && Marshal.GetLastPInvokeError() == Interrupted);
        }

        if (count <= 0)
            throw Failure("read from a pipe");
        Held -= (int)count;
        return (int)count;
    }

    /// <summary>Sends bytes after which more follows, so that they can share a packet, as far as the socket takes them at once.</summary>
    /// <returns>How many it took; failures are left to who sends the rest.</returns>
    public static int SendBeforeMore(SafeHandle socket, ReadOnlySpan<byte> bytes)
    {
        if (!IsSupported)
            return 0;
        fixed (byte* start = bytes)
            return (int)Math.Max(0, Send(socket, start, (nuint)bytes.Length, MessageDoNotWait | MessageNoSignal | MessageMore));
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _end.Dispose();
        _beginning.Dispose();
    }

    private static IOException Failure(string call)
    {
        var error = Marshal.GetLastPInvokeError();
        return new IOException($"{call} failed: {Marshal.GetPInvokeErrorMessage(error)}", error);
    }

    [LibraryImport("libc", EntryPoint = "pipe2", SetLastError = true)]
    private static partial int CreatePipe(int* ends, int flags);

    [LibraryImport("libc", EntryPoint = "fcntl", SetLastError = true)]
    private static partial int Control(int descriptor, int command, int argument);

    [LibraryImport("libc", EntryPoint = "splice", SetLastError = true)]
    private static partial nint Splice(SafeHandle from, long* fromOffset, SafeHandle to, long* toOffset, nuint length, uint flags);

    [LibraryImport("libc", EntryPoint = "read", SetLastError = true)]
    private static partial nint Read(SafeHandle from, byte* destination, nuint length);

    [LibraryImport("libc", EntryPoint = "send", SetLastError = true)]
    private static partial nint Send(SafeHandle socket, byte* bytes, nuint length, int flags);
}

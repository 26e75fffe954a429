using System.Runtime.InteropServices;

namespace CloudStream.Cli.Shell;

/// <summary>
/// Standard output for bytes. The console's own stream hides that a pipe's reader has gone, so a consumer would go on for ever behind
/// <c>| head</c>; a file stream on the descriptor writes at a place of its own and would overwrite what an earlier command of the same
/// redirection wrote. So this one calls write(2). Buffered by its callers.
/// </summary>
internal sealed partial class StandardOutput : Stream
{
    private const int Descriptor = 1;
    private const int Interrupted = 4;
    private const int WouldBlock = 11;
    private const int BrokenPipe = 32;
    private readonly Stream _patient = Console.OpenStandardOutput();

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public static Stream Open() => OperatingSystem.IsWindows() ? Console.OpenStandardOutput() : new StandardOutput();

    /// <exception cref="OutputClosedException">Nobody reads any more.</exception>
    public override void Write(ReadOnlySpan<byte> buffer)
    {
        while (buffer.Length > 0)
        {
            nint written = WriteDescriptor(Descriptor, buffer, (nuint)buffer.Length);
            if (written >= 0)
            {
                buffer = buffer[(int)written..];
                continue;
            }

            int error = Marshal.GetLastPInvokeError();
            if (error == BrokenPipe)
                throw new OutputClosedException();
            if (error == WouldBlock)
            {
                // A descriptor that somebody made non-blocking: the console's stream waits for room.
                _patient.Write(buffer);
                return;
            }

            if (error != Interrupted)
                throw new IOException($"cannot write to standard output: {Marshal.GetPInvokeErrorMessage(error)}");
        }
    }

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override void Flush()
    {
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    [LibraryImport("libc", EntryPoint = "write", SetLastError = true)]
    private static partial nint WriteDescriptor(int descriptor, ReadOnlySpan<byte> buffer, nuint count);
}

/// <summary>The reader of our output has gone (<c>| head</c>): end quietly.</summary>
internal sealed class OutputClosedException : IOException
{
    public OutputClosedException()
        : base("standard output is closed")
    {
    }
}

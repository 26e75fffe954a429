using System.Buffers;
using System.Net.Sockets;
using CloudStream.Storage.Native;
using CloudStream.Storage.Objects;

namespace CloudStream.Kafka.Connections;

/// <summary>
/// Sends parts of files to a socket. Pages go from the page cache to the socket as they are; what the socket does not take at once is
/// copied for the next send, which waits as any other does. What is taken from a file is sent only when the object is still there
/// afterwards: its place may have been given back meanwhile. Used by one at a time.
/// </summary>
internal sealed class FileSender(Socket socket)
{
    private const int CopyBytes = 64 * 1024;

    private bool _isPrepared;

    /// <summary>Sends a part of a file.</summary>
    /// <exception cref="IOException">The client is gone, or the file is, or it has been cut short.</exception>
    public async ValueTask SendAsync(ObjectFile file, int start, int length)
    {
        if (!_isPrepared)
            socket.Blocking = false; // As the framework makes it when it has to wait: no call may wait for the client.
        _isPrepared = true;
        var pipe = FilePipes.TryRent();
        var copy = ArrayPool<byte>.Shared.Rent(CopyBytes);
        try
        {
            while (length > 0)
            {
                var sent = pipe is null ? -1 : await PipeAsync(pipe, file, start, length, copy);
                if (sent < 0)
                    sent = await CopyAsync(file, start, length, copy);
                (start, length) = (start + sent, length - sent);
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(copy);
            if (pipe is not null)
                FilePipes.Return(pipe);
        }
    }

    /// <summary>Sends memory, of which the first bytes may wait for what follows to share a packet with it.</summary>
    public async ValueTask SendBeforeMoreAsync(ReadOnlyMemory<byte> bytes)
    {
        bytes = bytes[FilePipe.SendBeforeMore(socket.SafeHandle, bytes.Span)..];
        while (!bytes.IsEmpty)
            bytes = bytes[await socket.SendAsync(bytes, SocketFlags.None)..];
    }

    private async ValueTask<int> PipeAsync(FilePipe pipe, ObjectFile file, int start, int length, byte[] copy)
    {
        var filled = pipe.Fill(file.Handle, file.Position + start, length);
        if (filled < 0)
            return filled;
        Check(file, filled);
        while (true)
        {
            pipe.Drain(socket.SafeHandle, isMoreToCome: filled < length);
            if (pipe.Held == 0)
                return filled;
            ReadOnlyMemory<byte> rest = copy.AsMemory(0, pipe.Take(copy));
            while (!rest.IsEmpty)
                rest = rest[await socket.SendAsync(rest, SocketFlags.None)..];
        }
    }

    private async ValueTask<int> CopyAsync(ObjectFile file, int start, int length, byte[] copy)
    {
        var count = RandomAccess.Read(file.Handle, copy.AsSpan(0, Math.Min(length, CopyBytes)), file.Position + start);
        Check(file, count);
        ReadOnlyMemory<byte> rest = copy.AsMemory(0, count);
        while (!rest.IsEmpty)
            rest = rest[await socket.SendAsync(rest, SocketFlags.None)..];
        return count;
    }

    private static void Check(ObjectFile file, int taken)
    {
        if (taken == 0 || !file.IsThere)
            throw new IOException("an object was deleted or cut short while it was sent");
    }
}

using System.Buffers;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using CloudStream.Storage.Native;
using CloudStream.Storage.Objects;

namespace CloudStream.Kafka.Connections;

/// <summary>
/// Straight to the socket of a connection without TLS, past the server's own pipe: cached and stored bytes go to the kernel from where they
/// lie, and a short answer leaves without a change of thread. What is small is copied together, so that it does not take a call and a
/// packet for each piece. Parts of files go from the page cache (<see cref="FileSender"/>).
/// </summary>
internal sealed class SocketSink(Socket socket) : IAnswerSink
{
    private const int SmallBytes = 8 * 1024;
    private const int GatherBytes = 64 * 1024;
    private readonly FileSender _files = new(socket);

    /// <inheritdoc/>
    public bool TakesFiles => FilePipe.IsSupported;

    /// <inheritdoc/>
    public async ValueTask SendAsync(ReadOnlySequence<byte> answer)
    {
        try
        {
            if (answer.IsSingleSegment)
                await SendAllAsync(answer.First);
            else
                await SendPiecesAsync(answer);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            throw new IOException("the client is gone", e);
        }
    }

    private async ValueTask SendAllAsync(ReadOnlyMemory<byte> bytes)
    {
        while (!bytes.IsEmpty)
            bytes = bytes[await socket.SendAsync(bytes, SocketFlags.None)..];
    }

    private async ValueTask SendPiecesAsync(ReadOnlySequence<byte> answer)
    {
        var gathered = ArrayPool<byte>.Shared.Rent((int)Math.Min(answer.Length, GatherBytes));
        try
        {
            var count = 0;
            foreach (var piece in answer)
            {
                var isFile = MemoryMarshal.TryGetMemoryManager(piece, out ObjectFile? file, out var start, out var length);
                var isSmall = !isFile && piece.Length <= SmallBytes;
                if (count > 0 && (!isSmall || count + piece.Length > gathered.Length))
                {
                    await _files.SendBeforeMoreAsync(gathered.AsMemory(0, count));
                    count = 0;
                }

                if (isSmall)
                {
                    piece.CopyTo(gathered.AsMemory(count));
                    count += piece.Length;
                }
                else if (isFile)
                {
                    await _files.SendAsync(file!, start, length);
                }
                else
                {
                    await SendAllAsync(piece);
                }
            }

            await SendAllAsync(gathered.AsMemory(0, count));
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(gathered);
        }
    }
}

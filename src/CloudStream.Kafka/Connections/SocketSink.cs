using System.Buffers;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace CloudStream.Kafka.Connections;

/// <summary>
/// Straight to the socket of a connection without TLS, past the server's own pipe: cached and stored bytes go to the kernel from where they lie, and a short answer leaves without a change of thread.
/// </summary>
internal sealed class SocketSink(Socket socket) : IAnswerSink
{
    // The kernel takes at most 1,024 pieces at a time.
    private const int MaxPieces = 512;

    private readonly List<ArraySegment<byte>> _pieces = [];

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
        finally
        {
            _pieces.Clear();
        }
    }

    private async ValueTask SendAllAsync(ReadOnlyMemory<byte> bytes)
    {
        while (!bytes.IsEmpty)
            bytes = bytes[await socket.SendAsync(bytes, SocketFlags.None)..];
    }

    private async ValueTask SendPiecesAsync(ReadOnlySequence<byte> answer)
    {
        while (!answer.IsEmpty)
        {
            _pieces.Clear();
            foreach (var piece in answer)
            {
                if (_pieces.Count == MaxPieces)
                    break;
                if (!MemoryMarshal.TryGetArray(piece, out var array))
                    array = piece.ToArray();
                _pieces.Add(array);
            }

            answer = answer.Slice(await socket.SendAsync(_pieces, SocketFlags.None));
        }
    }
}

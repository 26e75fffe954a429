using System.Buffers.Binary;
using System.Net.Sockets;

namespace CloudStream.Cluster.Faces;

/// <summary>
/// What the kernel knows of a TCP connection: struct tcp_info of Linux. Elsewhere it is another structure, and nothing is known.
/// </summary>
public static class TcpState
{
    private const int TcpLevel = 6, TcpInfo = 11;
    private const int StateAt = 0, AcknowledgedAt = 120; // tcpi_state; tcpi_bytes_acked, which is there since Linux 4.1.
    private const byte Closed = 7;

    /// <summary>
    /// Whether the connection is over in both directions, as after a reset, which shows as an error only once; false when that is not
    /// known.
    /// </summary>
    /// <exception cref="SocketException">The socket has failed.</exception>
    /// <exception cref="ObjectDisposedException">The socket is closed.</exception>
    public static bool IsClosed(Socket socket)
    {
        Span<byte> info = stackalloc byte[StateAt + 1];
        return Read(socket, info) && info[StateAt] == Closed;
    }

    /// <summary>Bytes that the other side has acknowledged so far; -1 when that is not known.</summary>
    /// <exception cref="SocketException">The socket has failed.</exception>
    /// <exception cref="ObjectDisposedException">The socket is closed.</exception>
    public static long Acknowledged(Socket socket)
    {
        Span<byte> info = stackalloc byte[AcknowledgedAt + sizeof(long)];
        return !Read(socket, info) ? -1
            : BitConverter.IsLittleEndian ? BinaryPrimitives.ReadInt64LittleEndian(info[AcknowledgedAt..])
            : BinaryPrimitives.ReadInt64BigEndian(info[AcknowledgedAt..]);
    }

    private static bool Read(Socket socket, Span<byte> info)
    {
        ArgumentNullException.ThrowIfNull(socket);
        return OperatingSystem.IsLinux() && socket.GetRawSocketOption(TcpLevel, TcpInfo, info) == info.Length;
    }
}

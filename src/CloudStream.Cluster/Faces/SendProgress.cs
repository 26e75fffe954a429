using System.Net.Sockets;

namespace CloudStream.Cluster.Faces;

/// <summary>
/// Whether a client to whom something is being sent takes any of it. Judged by what its machine has acknowledged: the kernel on this side
/// takes megabytes at once for a client that reads nothing, and then nothing for minutes for one that reads slowly. Used by one who looks
/// now and then.
/// </summary>
/// <param name="time">The clock.</param>
/// <param name="acknowledged">Bytes that the client has acknowledged so far; something constant where that is not known: then all of what
/// is being sent has to be gone within the limit.</param>
public sealed class SendProgress(TimeProvider time, Func<long> acknowledged)
{
    private long _lookedAtSend;
    private long _taken;
    private long _movedAt;

    /// <summary>The progress of what is sent to a socket.</summary>
    /// <param name="time">The clock.</param>
    /// <param name="socket">The socket; null where there is none to be asked.</param>
    public SendProgress(TimeProvider time, Socket? socket)
        : this(time, () => socket is null ? -1 : AcknowledgedBy(socket))
    {
    }

    /// <summary>
    /// Looks whether the client has taken something since the last look. The first look at a send begins to count.
    /// </summary>
    /// <param name="send">Which send it is: counted at the beginning and at the end of each, so odd while the client is waited for.</param>
    /// <param name="limit">How long a client may take nothing.</param>
    /// <returns>Whether it has taken nothing for longer than that.</returns>
    public bool HasStalled(long send, TimeSpan limit)
    {
        if ((send & 1) == 0)
            return false;
        var taken = acknowledged();
        if (send == _lookedAtSend && taken == _taken)
            return time.GetElapsedTime(_movedAt) > limit;
        (_lookedAtSend, _taken, _movedAt) = (send, taken, time.GetTimestamp());
        return false;
    }

    private static long AcknowledgedBy(Socket socket)
    {
        try
        {
            return TcpState.Acknowledged(socket);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            return -1; // The connection ends just now.
        }
    }
}

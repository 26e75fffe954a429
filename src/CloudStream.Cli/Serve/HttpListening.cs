using System.Net;
using System.Net.Sockets;
using CloudStream.Cli.Shell;
using CloudStream.Http;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;

namespace CloudStream.Cli.Serve;

/// <summary>
/// The HTTP API's address, taken before anything else is done: a port that is in use ends a start that has made nothing yet, and the broker
/// tells the cluster the real port when it joins.
/// </summary>
internal sealed class HttpListening : IDisposable
{
    // What Kestrel asks for by default, and asks for again when it takes the socket over.
    private const int Backlog = 512;

    private readonly Socket _socket;
    private bool _isTaken;

    private HttpListening(Socket socket) => (_socket, EndPoint) = (socket, (IPEndPoint)socket.LocalEndPoint!);

    /// <summary>The address with its real port.</summary>
    public IPEndPoint EndPoint { get; }

    /// <exception cref="CommandException">The address cannot be had.</exception>
    public static async Task<HttpListening> BindAsync(ListenAddress address, CancellationToken cancellationToken)
    {
        IPEndPoint wanted = await ServeHost.ResolveAsync(address, cancellationToken);
        Socket? socket = null;
        try
        {
            socket = SocketTransportOptions.CreateDefaultBoundListenSocket(wanted);
            socket.Listen(Backlog); // Bound alone is not taken.
            return new HttpListening(socket);
        }
        catch (SocketException e)
        {
            socket?.Dispose();
            throw new CommandException(e.SocketErrorCode == SocketError.AddressAlreadyInUse
                ? $"cannot listen on {address}: the port is in use; choose another with --http"
                : $"cannot listen on {address}: {e.Message}");
        }
    }

    /// <summary>Makes the server listen here.</summary>
    public void ListenOn(IWebHostBuilder host)
    {
        host.UseSockets(sockets =>
        {
            Func<EndPoint, Socket> others = sockets.CreateBoundListenSocket;
            sockets.CreateBoundListenSocket = wanted => TrySocketFor(wanted) ?? others(wanted);
        });
        host.ConfigureKestrel(kestrel => kestrel.Listen(EndPoint, static listen => listen.UseCloudStreamHttp()));
    }

    /// <summary>Gives the address back if no server has taken it over.</summary>
    public void Dispose()
    {
        if (!_isTaken)
            _socket.Dispose();
    }

    private Socket? TrySocketFor(EndPoint wanted)
    {
        if (_isTaken || !wanted.Equals(EndPoint))
            return null;
        _isTaken = true;
        return _socket;
    }
}

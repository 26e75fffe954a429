using System.Net;
using System.Net.Sockets;
using CloudStream.Cluster.Settings;
using CloudStream.Kafka.Connections;
using CloudStream.Kafka.Face;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.DependencyInjection;

namespace CloudStream.Kafka;

/// <summary>
/// The address that the Kafka face listens on, bound before the broker starts: the broker tells the cluster where clients reach it when it
/// joins, and with port 0 nobody knows the port before. Clients that come before the server runs wait.
/// </summary>
public sealed class KafkaListener : IDisposable
{
    // What Kestrel asks for by default, and asks for again when it takes the socket over.
    private const int Backlog = 512;

    private readonly Socket _socket;
    private bool _isTaken;

    private KafkaListener(Socket socket, string? advertised)
    {
        _socket = socket;
        EndPoint = (IPEndPoint)socket.LocalEndPoint!;
        Advertised = advertised;
    }

    /// <summary>The address with its real port.</summary>
    public IPEndPoint EndPoint { get; }

    /// <summary>What clients are to be told, if it was said.</summary>
    public string? Advertised { get; }

    /// <summary>What other brokers tell clients of this one. For an address that means all of this machine's: its name.</summary>
    public string Registered => Advertised ?? (IsAny ? new HostPort(Dns.GetHostName(), EndPoint.Port) : HostPort.Of(EndPoint)).ToString();

    private bool IsAny => EndPoint.Address.Equals(IPAddress.Any) || EndPoint.Address.Equals(IPAddress.IPv6Any);

    /// <summary>Takes the address.</summary>
    /// <param name="address">Where to listen; port 0 takes a free one.</param>
    /// <param name="advertised">The <c>HOST:PORT</c> that clients are told; null for the address that they come to.</param>
    /// <exception cref="SocketException">The address is in use or not this machine's.</exception>
    public static KafkaListener Bind(IPEndPoint address, string? advertised = null)
    {
        ArgumentNullException.ThrowIfNull(address);
        var socket = SocketTransportOptions.CreateDefaultBoundListenSocket(address);
        try
        {
            // Bound alone is not taken: another process may bind the same port as long as nobody listens on it.
            socket.Listen(Backlog);
            return new KafkaListener(socket, advertised);
        }
        catch (SocketException)
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>Tells the cluster, when the broker joins it.</summary>
    public void Register(BrokerOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Endpoints[KafkaFace.Name] = Registered;
    }

    /// <summary>Makes the server listen here and speak Kafka's protocol.</summary>
    /// <param name="host">The server, which uses Kestrel.</param>
    /// <param name="tls">How it proves to clients who it is; null for no TLS.</param>
    public IWebHostBuilder ListenOn(IWebHostBuilder host, HttpsConnectionAdapterOptions? tls = null)
    {
        host.UseSockets(sockets =>
        {
            var others = sockets.CreateBoundListenSocket;
            sockets.CreateBoundListenSocket = wanted => TrySocketFor(wanted) ?? others(wanted);
        });
        host.ConfigureServices(services => services.AddSingleton<IMemoryPoolFactory<byte>, SocketBlocksFactory>());
        if (tls is not null)
            host.UseKestrelHttpsConfiguration();
        return host.ConfigureKestrel(kestrel => kestrel.Listen(EndPoint, listen =>
        {
            if (tls is null)
                WarnOfPasswords(listen.ApplicationServices.GetRequiredService<KafkaFace>());
            if (tls is not null)
                listen.UseCloudStreamKafkaTls(tls);
            listen.UseCloudStreamKafka();
        }));
    }

    /// <summary>Gives the address back if no server has taken it over.</summary>
    public void Dispose()
    {
        if (!_isTaken)
            _socket.Dispose();
    }

    private void WarnOfPasswords(KafkaFace face)
    {
        if (face.Options.Users is not null && !IPAddress.IsLoopback(EndPoint.Address))
            KafkaLog.PasswordsInPlain(face.Logger, EndPoint);
    }

    private Socket? TrySocketFor(EndPoint wanted)
    {
        if (_isTaken || !wanted.Equals(EndPoint))
            return null;
        _isTaken = true;
        return _socket;
    }
}

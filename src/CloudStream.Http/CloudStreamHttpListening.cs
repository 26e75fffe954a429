using CloudStream.Cluster.Faces;
using CloudStream.Http.Face;
using CloudStream.Http.Transport;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace CloudStream.Http;

/// <summary>Makes an address speak the HTTP API.</summary>
public static class CloudStreamHttpListening
{
    /// <summary>
    /// Serves HTTP/1.1 at this address to clients that may close their sending half, and tells those that begin with HTTP/2 without TLS.
    /// Without it the API works, too, but such clients get no answer. Clients may take their answers slowly, but not take nothing for
    /// longer than <see cref="CloudStreamHttpOptions.MaxSendStall"/>.
    /// </summary>
    /// <param name="listen">The address.</param>
    /// <returns>The same address.</returns>
    public static ListenOptions UseCloudStreamHttp(this ListenOptions listen)
    {
        ArgumentNullException.ThrowIfNull(listen);
        listen.Protocols = HttpProtocols.Http1;
        var services = listen.ApplicationServices;
        var stopping = services.GetService<IHostApplicationLifetime>()?.ApplicationStopping ?? CancellationToken.None;
        var open = services.GetRequiredService<OpenConnections<HttpTransport>>();
        var time = services.GetRequiredService<TimeProvider>();
        listen.KestrelServerOptions.Limits.MinResponseDataRate = null; // They are judged there.
        listen.Use(next => connection => HttpTransport.RunAsync(connection, next, open, time, stopping));
        return listen;
    }

    /// <summary>
    /// Answers a client for whose connection there is no place, whatever it asks: 503 with <c>Retry-After</c>. Waits for it to close, so
    /// that what it still sends does not tear down what it has not read.
    /// </summary>
    /// <param name="connection">The connection as it was accepted; closing it is up to the caller.</param>
    /// <param name="limit">Connections that may be open.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    public static Task RefuseAsync(ConnectionContext connection, int limit, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(connection);
        return NoPlaceAnswer.SendAsync(connection.Transport, limit, cancellationToken);
    }
}

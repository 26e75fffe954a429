using CloudStream.Http.Transport;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace CloudStream.Http;

/// <summary>Makes an address speak the HTTP API.</summary>
public static class CloudStreamHttpListening
{
    /// <summary>
    /// Serves HTTP/1.1 at this address to clients that may close their sending half, and tells those that begin with HTTP/2 without TLS.
    /// Without it the API works, too, but such clients get no answer.
    /// </summary>
    /// <param name="listen">The address.</param>
    /// <returns>The same address.</returns>
    public static ListenOptions UseCloudStreamHttp(this ListenOptions listen)
    {
        ArgumentNullException.ThrowIfNull(listen);
        listen.Protocols = HttpProtocols.Http1;
        var stopping = listen.ApplicationServices.GetService<IHostApplicationLifetime>()?.ApplicationStopping ?? CancellationToken.None;
        listen.Use(next => connection => HttpTransport.RunAsync(connection, next, stopping));
        return listen;
    }
}

using CloudStream.Http.Face;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Options;

namespace CloudStream.Http.Transport;

/// <summary>What the server may hold and how long it waits, set on purpose.</summary>
internal sealed class KestrelLimits(IOptions<CloudStreamHttpOptions> options) : IConfigureOptions<KestrelServerOptions>
{
    public void Configure(KestrelServerOptions server)
    {
        server.AddServerHeader = false;

        // Without TLS a port speaks HTTP/1.1 or HTTP/2, not both; curl, browsers and proxies begin with HTTP/1.1.
        server.ConfigureEndpointDefaults(static endpoint => endpoint.Protocols = HttpProtocols.Http1);

        // RequestBody has the limit for every endpoint that reads a body. The server's own would cut the connection under a client that is
        // still sending, which then never sees the 413.
        server.Limits.MaxRequestBodySize = null;

        // Record headers and resume tokens travel in headers; anything larger belongs into a JSON body.
        server.Limits.MaxRequestHeadersTotalSize = 64 * 1024;
        server.Limits.MaxRequestHeaderCount = 256;
        server.Limits.MaxRequestLineSize = 16 * 1024;
        server.Limits.RequestHeadersTimeout = TimeSpan.FromSeconds(30);
        server.Limits.KeepAliveTimeout = options.Value.KeepAlive;
    }
}

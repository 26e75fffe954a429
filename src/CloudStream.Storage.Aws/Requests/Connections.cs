using System.Net;
using Amazon.Runtime;

namespace CloudStream.Storage.Aws.Requests;

/// <summary>The connections to one store: bounded in number, and none is used again that was idle for long.</summary>
internal sealed class Connections(int most, TimeSpan maxIdle) : HttpClientFactory, IDisposable
{
    private readonly HttpClient _client = new(new Unasked(new SocketsHttpHandler
    {
        MaxConnectionsPerServer = most,
        PooledConnectionIdleTimeout = maxIdle,
        ConnectTimeout = TimeSpan.FromSeconds(1),
        AutomaticDecompression = DecompressionMethods.None,
        AllowAutoRedirect = false,
        UseCookies = false,
    }))
    {
        // Each attempt has its own limit.
        Timeout = Timeout.InfiniteTimeSpan,
    };

    /// <inheritdoc/>
    public override HttpClient CreateHttpClient(IClientConfig clientConfig) => _client;

    /// <inheritdoc/>
    public override bool UseSDKHttpClientCaching(IClientConfig clientConfig) => false;

    /// <inheritdoc/>
    public override bool DisposeHttpClientsAfterUse(IClientConfig clientConfig) => false;

    /// <inheritdoc/>
    public void Dispose() => _client.Dispose();

    // Nobody is asked whether the body may come: that is a round trip before each put.
    private sealed class Unasked(HttpMessageHandler inner) : DelegatingHandler(inner)
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            request.Headers.ExpectContinue = false;
            return base.SendAsync(request, cancellationToken);
        }
    }
}

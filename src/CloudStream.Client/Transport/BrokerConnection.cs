using System.Net.Http.Headers;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace CloudStream.Client.Transport;

/// <summary>
/// Sends requests to one broker of the cluster and moves to the next server when one cannot be reached. One attempt per call: who retries,
/// and how long, is decided above. Thread-safe.
/// </summary>
internal sealed class BrokerConnection : IDisposable
{
    private readonly CloudStreamClientOptions _options;
    private readonly HttpClient _http;
    private readonly bool _ownsHttp;
    private int _server;

    public BrokerConnection(CloudStreamClientOptions options)
    {
        _options = options;
        _ownsHttp = options.HttpClient is null;
        _http = options.HttpClient ?? new HttpClient(options.Handler ?? OwnHandler(options), disposeHandler: options.Handler is null)
        {
            Timeout = Timeout.InfiniteTimeSpan,
        };
    }

    private Uri Server => _options.Servers[(int)((uint)Volatile.Read(ref _server) % (uint)_options.Servers.Count)];

    /// <summary>Sends a request and returns the successful reply with its body unread.</summary>
    /// <param name="method">The verb.</param>
    /// <param name="path">Path and query, relative to the server's URL, escaped.</param>
    /// <param name="content">The body; disposed with the request.</param>
    /// <param name="extraTime">What the broker may take on top of the request timeout (waiting for records).</param>
    /// <param name="cancellationToken">Abandons the request.</param>
    /// <param name="at">A broker other than the one that is used where it does not matter; null for that one.</param>
    /// <param name="limit">How long the request may take where that is shorter than the request timeout.</param>
    /// <exception cref="CloudStreamException">The broker refused, or the reply was lost.</exception>
    public async Task<BrokerReply> SendAsync(
        HttpMethod method,
        string path,
        HttpContent? content,
        TimeSpan extraTime,
        CancellationToken cancellationToken,
        Uri? at = null,
        TimeSpan? limit = null)
    {
        // Whoever gives up beforehand wants nothing sent; what handler is behind the client does not matter then.
        cancellationToken.ThrowIfCancellationRequested();
        var server = at ?? Server;
        var timeout = _options.RequestTimeout + extraTime;
        var deadline = new RequestDeadline(limit < timeout ? limit.Value : timeout, _options.TimeProvider, cancellationToken);
        HttpResponseMessage? message = null;
        try
        {
            var address = Address(server, path);
            using var request = new HttpRequestMessage(method, address) { Content = content };
            message = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, deadline.Token);
            if (message.IsSuccessStatusCode)
                return new BrokerReply(this, message, server, address, deadline);
            throw await BrokerProblem.FromReplyAsync(message, deadline.Token);
        }
        catch (Exception e)
        {
            message?.Dispose();
            deadline.Dispose();
            if (e is HttpRequestException or IOException or OperationCanceledException)
                throw Translate(e, server, deadline, WasSent(method, content));
            if (e is CloudStreamException { ErrorCode: ErrorCode.ShuttingDown })
                MoveOn(server);
            throw;
        }
    }

    public async Task<T> SendJsonAsync<T>(
        HttpMethod method,
        string path,
        HttpContent? content,
        JsonTypeInfo<T> type,
        CancellationToken cancellationToken,
        TimeSpan? limit = null)
    {
        using var reply = await SendAsync(method, path, content, TimeSpan.Zero, cancellationToken, limit: limit);
        return await reply.ReadJsonAsync(type, method != HttpMethod.Get);
    }

    public static HttpContent Json<T>(T document, JsonTypeInfo<T> type)
    {
        var content = new ByteArrayContent(JsonSerializer.SerializeToUtf8Bytes(document, type));
        content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        return content;
    }

    /// <summary>The SDK's exception for one of the transport; a cancellation by the caller stays one.</summary>
    public Exception Translate(Exception e, Uri server, RequestDeadline deadline, bool wasSent)
    {
        if (e is OperationCanceledException && !deadline.HasTimedOut)
            deadline.ThrowIfCallerCanceled();

        MoveOn(server);
        return e is OperationCanceledException && deadline.HasTimedOut
            ? BrokerProblem.TimedOut(server, deadline.Timeout, wasSent)
            : BrokerProblem.FromTransport(e, server, wasSent);
    }

    public void Dispose()
    {
        if (_ownsHttp)
            _http.Dispose();
    }

    private static bool WasSent(HttpMethod method, HttpContent? content) => content switch
    {
        BatchContent batch => batch.WasStarted,
        _ => method != HttpMethod.Get,
    };

    private static Uri Address(Uri server, string path) =>
        new(server.AbsoluteUri.EndsWith('/') ? server.AbsoluteUri + path : server.AbsoluteUri + "/" + path);

    // Only the first of several failures moves on: the others failed on the same server.
    private void MoveOn(Uri failed)
    {
        var seen = Volatile.Read(ref _server);
        if (_options.Servers.Count > 1 && ReferenceEquals(_options.Servers[(int)((uint)seen % (uint)_options.Servers.Count)], failed))
            Interlocked.CompareExchange(ref _server, seen + 1, seen);
    }

    private static SocketsHttpHandler OwnHandler(CloudStreamClientOptions options) => new()
    {
        ConnectTimeout = options.ConnectTimeout,
        UseCookies = false,
        AllowAutoRedirect = false,
        PooledConnectionIdleTimeout = TimeSpan.FromSeconds(60),
    };
}

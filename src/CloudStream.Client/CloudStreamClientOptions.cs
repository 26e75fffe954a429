using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace CloudStream.Client;

/// <summary>How to reach a CloudStream cluster. Plain data; checked when the client is made.</summary>
public sealed class CloudStreamClientOptions
{
    /// <summary>The server that is used where none is named.</summary>
    public static Uri DefaultServer { get; } = new("http://127.0.0.1:8098");

    /// <summary>
    /// Base URLs of the brokers. The first is used as long as it answers, then the next one. Default: <see cref="DefaultServer"/>.
    /// </summary>
    public IReadOnlyList<Uri> Servers { get; set; } = [DefaultServer];

    /// <summary>The one server. Sets <see cref="Servers"/>.</summary>
    public Uri Server
    {
        get => Servers[0];
        set => Servers = [value];
    }

    /// <summary>
    /// Sends the requests instead of a socket handler of the client's own (authentication, proxies, tests). The caller disposes it.
    /// </summary>
    public HttpMessageHandler? Handler { get; set; }

    /// <summary>
    /// An <see cref="System.Net.Http.HttpClient"/> to be used as it is; its timeout should be infinite. The caller disposes it. Excludes
    /// <see cref="Handler"/>.
    /// </summary>
    public HttpClient? HttpClient { get; set; }

    /// <summary>
    /// How long one request may take, waiting time of a fetch aside. Default 40 s: longer than a broker takes to give up on an append.
    /// </summary>
    public TimeSpan RequestTimeout { get; set; } = TimeSpan.FromSeconds(40);

    /// <summary>How long a connection may take. Default 5 s. Only for the client's own handler.</summary>
    public TimeSpan ConnectTimeout { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>
    /// How long admin calls and look-ups are repeated while they fail in a retriable way. Default 30 s; 0 for one attempt.
    /// </summary>
    public TimeSpan RetryTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>The wait before the first retry; it doubles up to <see cref="MaxRetryBackoff"/>, with jitter. Default 50 ms.</summary>
    public TimeSpan RetryBackoff { get; set; } = TimeSpan.FromMilliseconds(50);

    /// <summary>The longest wait between two attempts, unless the broker asks for more. Default 2 s.</summary>
    public TimeSpan MaxRetryBackoff { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>How long the number of a topic's partitions is remembered. Default 1 minute.</summary>
    public TimeSpan MetadataMaxAge { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>Clock and timers. Default: the system's.</summary>
    public TimeProvider TimeProvider { get; set; } = TimeProvider.System;

    /// <summary>Where retries are logged. Default: nowhere.</summary>
    public ILoggerFactory LoggerFactory { get; set; } = NullLoggerFactory.Instance;

    internal void Validate()
    {
        ArgumentOutOfRangeException.ThrowIfZero(Servers.Count, nameof(Servers));
        foreach (var server in Servers)
        {
            if (!server.IsAbsoluteUri || (server.Scheme != Uri.UriSchemeHttp && server.Scheme != Uri.UriSchemeHttps))
                throw new ArgumentException($"The server '{server}' is no http or https URL.", nameof(Servers));
        }

        if (Handler is not null && HttpClient is not null)
            throw new ArgumentException($"{nameof(Handler)} and {nameof(HttpClient)} exclude each other.", nameof(Handler));
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(RequestTimeout, TimeSpan.Zero, nameof(RequestTimeout));
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(ConnectTimeout, TimeSpan.Zero, nameof(ConnectTimeout));
        ArgumentOutOfRangeException.ThrowIfLessThan(RetryTimeout, TimeSpan.Zero, nameof(RetryTimeout));
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(RetryBackoff, TimeSpan.Zero, nameof(RetryBackoff));
        ArgumentOutOfRangeException.ThrowIfLessThan(MaxRetryBackoff, RetryBackoff, nameof(MaxRetryBackoff));
    }
}

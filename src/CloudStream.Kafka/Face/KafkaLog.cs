using System.Net;
using CloudStream.Kafka.Frames;
using CloudStream.Kafka.Users;
using CloudStream.Kafka.Wire;
using Microsoft.Extensions.Logging;

namespace CloudStream.Kafka.Face;

/// <summary>Everything that this project logs; event ids 4000 to 4999.</summary>
internal static partial class KafkaLog
{
    [LoggerMessage(4001, LogLevel.Warning, "Connection from {Peer} is cut: a request of {Bytes} bytes; the limit is {Limit}")]
    public static partial void RequestTooLarge(ILogger logger, EndPoint? peer, long bytes, int limit);

    [LoggerMessage(4002, LogLevel.Warning, "Connection from {Peer} is cut: request {Header} cannot be read: {Failure}")]
    public static partial void Malformed(ILogger logger, EndPoint? peer, RequestHeader header, WireFailure failure);

    [LoggerMessage(4003, LogLevel.Warning, "Connection from {Peer} is cut: API {Api} version {Version} is not spoken here")]
    public static partial void Unsupported(ILogger logger, EndPoint? peer, short api, short version);

    [LoggerMessage(4005, LogLevel.Information, "Connection from {Peer} is cut: it took nothing of its answer for {Limit}")]
    public static partial void SlowReader(ILogger logger, EndPoint? peer, TimeSpan limit);

    [LoggerMessage(4006, LogLevel.Error, "{Api} version {Version} failed; the connection is cut")]
    public static partial void RequestFailed(ILogger logger, Exception exception, string api, short version);

    [LoggerMessage(4007, LogLevel.Debug, "Connection from {Peer} broke")]
    public static partial void Broke(ILogger logger, Exception exception, EndPoint? peer);

    [LoggerMessage(4008, LogLevel.Warning, "{Count} more log lines of this kind were left out in the last {Window}")]
    public static partial void LeftOut(ILogger logger, long count, TimeSpan window);

    [LoggerMessage(4009, LogLevel.Error, "Connection from {Peer} is cut: an answer failed")]
    public static partial void ConnectionFailed(ILogger logger, Exception exception, EndPoint? peer);

    [LoggerMessage(4010, LogLevel.Warning,
        "Connection from {Peer} is cut: it does not speak TLS, and this port does (clients set security.protocol=SSL)")]
    public static partial void NotTls(ILogger logger, EndPoint? peer);

    [LoggerMessage(4011, LogLevel.Warning,
        "Connection from {Peer} is cut: the TLS handshake failed; does the client trust the certificate?")]
    public static partial void NoHandshake(ILogger logger, EndPoint? peer);

    [LoggerMessage(4012, LogLevel.Warning,
        "Connection from {Peer} is cut: it speaks TLS, and this port does not (clients set security.protocol=PLAINTEXT)")]
    public static partial void NotPlain(ILogger logger, EndPoint? peer);

    [LoggerMessage(4013, LogLevel.Warning, "Connection from {Peer} is cut: {Failure}")]
    public static partial void AuthenticationFailed(ILogger logger, EndPoint? peer, string failure);

    [LoggerMessage(4014, LogLevel.Warning, "Connection from {Peer} is cut: it has not authenticated within {Limit}")]
    public static partial void NotAuthenticated(ILogger logger, EndPoint? peer, TimeSpan limit);

    [LoggerMessage(4015, LogLevel.Warning,
        "Connection from {Peer} is cut: it asks before it has authenticated, and this port has users (clients set "
            + "security.protocol=SASL_PLAINTEXT, or SASL_SSL with TLS, and sasl.mechanism=PLAIN)")]
    public static partial void OutOfTurn(ILogger logger, EndPoint? peer);

    [LoggerMessage(4016, LogLevel.Warning,
        "Connection from {Peer} is cut: the session of {Principal} is over, and the client has not authenticated again")]
    public static partial void SessionExpired(ILogger logger, EndPoint? peer, KafkaPrincipal principal);

    [LoggerMessage(4017, LogLevel.Warning,
        "Passwords of Kafka clients come in plain to {Address}, for whoever is on the way to read: a port that is not this machine's alone "
            + "should have TLS")]
    public static partial void PasswordsInPlain(ILogger logger, EndPoint address);

    [LoggerMessage(4018, LogLevel.Warning,
        "Connection from {Peer} is cut: fewer than {Bytes} bytes of a large request came within {Limit}, which holds memory that others "
            + "wait for")]
    public static partial void Stalled(ILogger logger, EndPoint? peer, int bytes, TimeSpan limit);

    [LoggerMessage(4019, LogLevel.Error, "An append to {Topic}-{Partition} failed; what else its request appends is told all the same")]
    public static partial void AppendFailed(ILogger logger, Exception exception, string topic, int partition);
}

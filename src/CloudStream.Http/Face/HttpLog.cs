using System.Net;
using Microsoft.Extensions.Logging;

namespace CloudStream.Http.Face;

/// <summary>Everything that this project logs; event ids 3000 to 3999.</summary>
internal static partial class HttpLog
{
    [LoggerMessage(3001, LogLevel.Error, "{Method} {Route} failed")]
    public static partial void RequestFailed(ILogger logger, Exception exception, string method, string route);

    [LoggerMessage(3002, LogLevel.Debug, "{Method} {Route} was refused: {Code}")]
    public static partial void RequestRefused(ILogger logger, string method, string route, string code);

    [LoggerMessage(3003, LogLevel.Debug, "The client of {Method} {Route} went away")]
    public static partial void ClientGone(ILogger logger, string method, string route);

    [LoggerMessage(3004, LogLevel.Error, "A stored record batch of {Topic}-{Partition} after offset {Offset} cannot be decoded")]
    public static partial void UndecodableBatch(ILogger logger, Exception exception, string topic, int partition, long offset);

    [LoggerMessage(3005, LogLevel.Warning,
        "Metric {Instrument} has more than {Limit} series; further ones are added up under overflow=\"true\"")]
    public static partial void TooManySeries(ILogger logger, string instrument, int limit);

    [LoggerMessage(3006, LogLevel.Warning, "Refused: {Detail}")]
    public static partial void CallerRefused(ILogger logger, string detail);

    [LoggerMessage(3007, LogLevel.Error, "An append to {Topic}-{Partition} failed; what else its request appends is told all the same")]
    public static partial void AppendFailed(ILogger logger, Exception exception, string topic, int partition);

    [LoggerMessage(3008, LogLevel.Error, "Member {Member} could not join group {Group}: a defect")]
    public static partial void JoinFailed(ILogger logger, Exception exception, string member, string group);

    [LoggerMessage(3009, LogLevel.Warning,
        "Member {Member}, whose client is gone, could not be taken out of group {Group}; the group forgets it after its session timeout")]
    public static partial void SessionEndFailed(ILogger logger, Exception exception, string member, string group);

    [LoggerMessage(3010, LogLevel.Information, "Connection from {Peer} is cut: it took nothing of its answer for {Limit}")]
    public static partial void SlowReader(ILogger logger, EndPoint? peer, TimeSpan limit);
}

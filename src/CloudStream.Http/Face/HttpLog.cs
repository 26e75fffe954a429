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
}

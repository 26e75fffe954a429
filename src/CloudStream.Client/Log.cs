using Microsoft.Extensions.Logging;

namespace CloudStream.Client;

/// <summary>The SDK's log messages. No payloads.</summary>
internal static partial class Log
{
    [LoggerMessage(1, LogLevel.Information, "A batch for {Topic}[{Partition}] failed ({Error}); it goes again in {Milliseconds:0} ms.")]
    public static partial void SendAgain(ILogger logger, string topic, int partition, ErrorCode error, double milliseconds);

    [LoggerMessage(2, LogLevel.Warning, "The sequences of {Topic}[{Partition}] begin anew under another producer id.")]
    public static partial void Restart(ILogger logger, string topic, int partition);

    [LoggerMessage(3, LogLevel.Error, "A delivery handler threw.")]
    public static partial void HandlerFailed(ILogger logger, Exception exception);

    [LoggerMessage(4, LogLevel.Information, "A fetch of {Topic}[{Partition}] at {Offset} failed ({Error}); it goes again in {Milliseconds:0} ms.")]
    public static partial void FetchAgain(ILogger logger, string topic, int partition, long offset, ErrorCode error, double milliseconds);

    [LoggerMessage(5, LogLevel.Warning, "Offset {Offset} of {Topic}[{Partition}] is out of range; reading goes on at {NewOffset}.")]
    public static partial void OffsetReset(ILogger logger, string topic, int partition, long offset, long newOffset);
}

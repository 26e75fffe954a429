using Microsoft.Extensions.Logging;

namespace CloudStream.Client.Logging;

/// <summary>The SDK's log messages. No payloads.</summary>
internal static partial class ClientLog
{
    [LoggerMessage(1, LogLevel.Information, "A batch for {Topic}[{Partition}] failed ({Error}); it goes again in {Milliseconds:0} ms.")]
    public static partial void SendAgain(ILogger logger, string topic, int partition, ErrorCode error, double milliseconds);

    [LoggerMessage(2, LogLevel.Warning, "The sequences of {Topic}[{Partition}] begin anew under another producer id.")]
    public static partial void Restart(ILogger logger, string topic, int partition);

    [LoggerMessage(3, LogLevel.Error, "A delivery handler threw.")]
    public static partial void HandlerFailed(ILogger logger, Exception exception);

    [LoggerMessage(4, LogLevel.Information,
        "A fetch of {Topic}[{Partition}] at {Offset} failed ({Error}); it goes again in {Milliseconds:0} ms.")]
    public static partial void FetchAgain(ILogger logger, string topic, int partition, long offset, ErrorCode error, double milliseconds);

    [LoggerMessage(5, LogLevel.Warning, "Offset {Offset} of {Topic}[{Partition}] is out of range; reading goes on at {NewOffset}.")]
    public static partial void OffsetReset(ILogger logger, string topic, int partition, long offset, long newOffset);

    [LoggerMessage(6, LogLevel.Information, "Joining group {Group} failed ({Error}); it goes again in {Milliseconds:0} ms.")]
    public static partial void JoinAgain(ILogger logger, string group, ErrorCode error, double milliseconds);

    [LoggerMessage(7, LogLevel.Information, "Generation {Generation} of group {Group} has begun; {Count} partitions are read here.")]
    public static partial void Assigned(ILogger logger, string group, int generation, int count);

    [LoggerMessage(8, LogLevel.Warning, "This member of group {Group} is out ({Error}); it joins again.")]
    public static partial void MemberLost(ILogger logger, string group, ErrorCode error);

    [LoggerMessage(9, LogLevel.Warning, "No record was asked for within {Milliseconds:0} ms, so this member leaves group {Group}.")]
    public static partial void PollTooLate(ILogger logger, string group, double milliseconds);

    [LoggerMessage(10, LogLevel.Warning, "Offsets of group {Group} were not committed ({Error}).")]
    public static partial void CommitFailed(ILogger logger, string group, ErrorCode error);

    [LoggerMessage(11, LogLevel.Information, "Group {Group} was not left politely.")]
    public static partial void LeaveFailed(ILogger logger, Exception exception, string group);
}

using CloudStream.Storage;
using Microsoft.Extensions.Logging;

namespace CloudStream.Cluster.Groups.Coordination;

/// <summary>What the upkeep of groups logs.</summary>
internal static partial class GroupUpkeepLog
{
    [LoggerMessage(2117, LogLevel.Warning, "Expired offsets of group {Group} could not be taken out ({Error}); the next round tries again")]
    public static partial void NotExpired(ILogger log, string group, GroupError error);

    [LoggerMessage(2118, LogLevel.Warning, "Groups could not be looked through ({Kind}); the next round tries again")]
    public static partial void NotLooked(ILogger log, StoreErrorKind kind);
}

using CloudStream.Log.Journal;
using Microsoft.Extensions.Logging;

namespace CloudStream.Log.Upkeep;

/// <summary>What upkeep logs.</summary>
internal static partial class UpkeepLog
{
    [LoggerMessage(3000, LogLevel.Debug,
        "Shard {Shard}: merge of {Inputs} objects into {Outputs} of level {Level}, {Bytes} bytes: {Result}")]
    public static partial void Merged(ILogger log, int shard, int inputs, int level, int outputs, long bytes, CommitResult result);

    [LoggerMessage(3001, LogLevel.Error, "Shard {Shard}: object {Name} is damaged and is left out of merges: {Why}")]
    public static partial void DamagedInput(ILogger log, int shard, string name, string why);

    [LoggerMessage(3002, LogLevel.Debug,
        "Shard {Shard}: index page of level {Level} for slot {Slot}, offsets {BaseOffset} to {EndOffset}: {Result}")]
    public static partial void Paged(ILogger log, int shard, int level, int slot, long baseOffset, long endOffset, CommitResult result);

    [LoggerMessage(3003, LogLevel.Debug, "Shard {Shard}: log start of slot {Slot} moves from {From} to {To}: {Result}")]
    public static partial void Trimmed(ILogger log, int shard, int slot, long from, long to, CommitResult result);

    [LoggerMessage(3004, LogLevel.Error,
        "Shard {Shard}: index page {Name} of slot {Slot} cannot be read; what it lists is left to the orphan sweep: {Why}")]
    public static partial void DamagedPage(ILogger log, int shard, string name, int slot, string why);

    [LoggerMessage(3005, LogLevel.Debug, "Shard {Shard}: deleted {Objects} objects of {Items} trash items: {Result}")]
    public static partial void TrashDeleted(ILogger log, int shard, int objects, int items, CommitResult result);

    [LoggerMessage(3006, LogLevel.Error,
        "Shard {Shard}: {Name}, which says what to delete, cannot be read; that is left to the orphan sweep: {Why}")]
    public static partial void DamagedTrash(ILogger log, int shard, string name, string why);

    [LoggerMessage(3007, LogLevel.Information, "Shard {Shard}: {Objects} orphaned objects born before version {Horizon} deleted")]
    public static partial void OrphansDeleted(ILogger log, int shard, int objects, long horizon);

    [LoggerMessage(3008, LogLevel.Warning, "Shard {Shard}: the orphan sweep was given up, nothing was deleted: {Why}")]
    public static partial void SweepGivenUp(ILogger log, int shard, string why);

    [LoggerMessage(3009, LogLevel.Debug, "Shard {Shard}: {Producers} idle producers forgotten: {Result}")]
    public static partial void ProducersExpired(ILogger log, int shard, int producers, CommitResult result);

    [LoggerMessage(3011, LogLevel.Error, "Shard {Shard}: a tick of upkeep failed; the next one runs all the same")]
    public static partial void TickFailed(ILogger log, int shard, Exception fault);

    [LoggerMessage(3012, LogLevel.Error, "The orphan sweep failed; it runs again after the sweep interval")]
    public static partial void SweepFailed(ILogger log, Exception fault);
}

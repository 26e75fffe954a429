using CloudStream.Log.Entries;
using CloudStream.Log.Health;
using CloudStream.Log.Runtime;
using CloudStream.Log.State;
using CloudStream.Storage;

namespace CloudStream.Log.Upkeep;

/// <summary>
/// Gives up records that are too old or too many, as each topic's configuration says. What it learned of a log's head is kept, so that
/// pages are read only when something is due. Used by one tick at a time.
/// </summary>
/// <param name="policies">The policy of a topic; null for a topic that this broker does not know now, whose records are left alone.</param>
/// <param name="shard">The shard.</param>
/// <param name="pages">Its pages.</param>
/// <param name="trimmer">Moves log starts.</param>
/// <param name="troubles">Hears of damage.</param>
/// <param name="runtime">The clock.</param>
/// <param name="interval">Least time between two looks; the first is at once.</param>
internal sealed class Retention(
    Func<Guid, RetentionPolicy?> policies,
    IUpkeepShard shard,
    PageStore pages,
    LogTrimmer trimmer,
    DamageTroubles troubles,
    BrokerRuntime runtime,
    TimeSpan interval)
{
    private readonly Dictionary<int, Head> _heads = [];
    private long? _lookedAt;

    /// <summary>Looks at every partition once, when it is time to look again.</summary>
    public async ValueTask RunAsync(CancellationToken cancellationToken)
    {
        if (_lookedAt is { } before && runtime.Time.GetElapsedTime(before) < interval)
            return;
        var now = runtime.Time.GetTimestamp();
        await LookAsync(cancellationToken);
        _lookedAt = now; // Only now: what a failing store cut off is tried again by the next tick.
    }

    private async ValueTask LookAsync(CancellationToken cancellationToken)
    {
        var state = shard.State;
        foreach (var slot in _heads.Keys.Where(s => !state.Partitions.ContainsKey(s)).ToArray())
            _heads.Remove(slot);
        foreach (var partition in state.Partitions.Values)
        {
            if (partition.LogStartOffset < partition.EndOffset && policies(partition.Id.TopicId) is { } policy
                && MayBeDue(partition, policy))
                await RunAsync(partition, policy, cancellationToken);
        }
    }

    private bool MayBeDue(PartitionState partition, RetentionPolicy policy)
    {
        if (policy.RetentionMs < 0 && (policy.RetentionBytes < 0 || partition.Bytes <= policy.RetentionBytes))
            return false;
        if (!_heads.TryGetValue(partition.Slot, out var head) || !head.IsOf(partition))
            return true;
        return (policy.RetentionMs >= 0 && head.Timestamp >= 0 && head.Timestamp < NowMs - policy.RetentionMs)
            || (policy.RetentionBytes >= 0 && partition.Bytes - head.UncountedBytes - head.Bytes >= policy.RetentionBytes);
    }

    private async ValueTask RunAsync(PartitionState partition, RetentionPolicy policy, CancellationToken cancellationToken)
    {
        var scan = new RetentionScan(partition, policy, NowMs, pages);
        try
        {
            await scan.RunAsync(cancellationToken);
        }
        catch (StoreException e) when (e.Kind is StoreErrorKind.NotFound or StoreErrorKind.Corrupt)
        {
            // What lies before the damaged page may go all the same, and so may what other partitions hold; the trimmer reports the page
            // when it must go itself.
            Report(partition, scan.Reading, e);
        }

        if (scan.NewStart > partition.LogStartOffset)
            await trimmer.TrimAsync(partition.Slot, scan.NewStart, cancellationToken);
        else if (scan.Stayed is { } stayed)
            _heads[partition.Slot] = new Head(
                partition.LogStartOffset,
                FirstOf(partition),
                UndatedTime.AgedBy(stayed.MaxTimestamp),
                scan.UndatedBytes + stayed.Bytes,
                partition.Bytes - scan.KeptBytes);
    }

    private void Report(PartitionState partition, PageRef? page, StoreException failure)
    {
        if (page is null)
            return;
        var isMissing = failure.Kind == StoreErrorKind.NotFound;
        var damage = new Damage(
            shard.Number, partition.Id, page.BaseOffset, page.EndOffset, page.Page.NameIn(shard.Number), Position: 0, isMissing);
        if (!damage.IsGoneFrom(shard.State))
            troubles.Met(damage, () => shard.State);
    }

    private long NowMs => runtime.Time.GetUtcNow().ToUnixTimeMilliseconds();

    // What the head is known by: a fold or a merge changes it, and then it is looked at again.
    private static object? FirstOf(PartitionState partition) =>
        partition.Pages.IsEmpty ? partition.Recent.FirstOrDefault() : partition.Pages[0];

    /// <summary>What is known of a log's head while it stays as it is.</summary>
    private readonly record struct Head(long LogStartOffset, object? First, long Timestamp, long Bytes, long UncountedBytes)
    {
        public bool IsOf(PartitionState partition) => LogStartOffset == partition.LogStartOffset && Equals(First, FirstOf(partition));
    }
}

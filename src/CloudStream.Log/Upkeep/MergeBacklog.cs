using CloudStream.Log.Options;
using CloudStream.Log.State;

namespace CloudStream.Log.Upkeep;

/// <summary>
/// Says whether merging flushed objects can wait: while a heavy stream runs, every byte merged is a byte that the producers wait for. Used
/// by one tick at a time.
/// </summary>
internal sealed class MergeBacklog(TimeProvider time, IndexSizes sizes)
{
    private long _newest = -1;
    private long _changedAt;

    /// <summary>Whether the flushed objects of <paramref name="state"/> should be left for a quieter moment.</summary>
    public bool CanWait(ShardState state)
    {
        long bytes = 0, newest = -1;
        int objects = 0, slices = 0;
        foreach (var live in state.Objects.Values)
        {
            newest = Math.Max(newest, live.Sequence);
            if (live.Level > 0 || live.IsSlot || sizes.AreLarge(live, live.Bytes))
                continue;
            objects++;
            bytes += live.Bytes;
            slices += live.LiveSlices;
        }

        if (newest != _newest)
            (_newest, _changedAt) = (newest, time.GetTimestamp());
        var isBusy = objects > 0 && time.GetElapsedTime(_changedAt) < MergePolicy.QuietAfter;
        return isBusy && bytes >= objects * MergePolicy.HeavyFlushBytes && bytes < MergePolicy.MaxBacklogBytes
            && slices < MergePolicy.MaxBacklogSlices;
    }
}

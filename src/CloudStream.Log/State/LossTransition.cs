using System.Collections.Immutable;
using CloudStream.Log.Entries;

namespace CloudStream.Log.State;

/// <summary>Offsets are given up. What was given up before keeps its name and date.</summary>
internal static class LossTransition
{
    /// <summary>Most runs of offsets that are given up in one partition; an entry that would go beyond changes nothing.</summary>
    public const int MaxLosses = 1000;

    public static ShardState Apply(ShardState state, LossAcceptedEntry entry)
    {
        if (!state.Partitions.TryGetValue(entry.Slot, out var partition))
            return state;
        var losses = partition.Losses.ToBuilder();
        var next = Math.Max(entry.BaseOffset, partition.LogStartOffset);
        var end = Math.Min(entry.EndOffset, partition.EndOffset);
        foreach (var known in partition.Losses.Where(l => l.EndOffset > next && l.BaseOffset < end))
        {
            if (next < known.BaseOffset)
                losses.Add(new AcceptedLoss(next, known.BaseOffset, entry.AtMs, entry.By));
            next = known.EndOffset;
        }

        if (next < end)
            losses.Add(new AcceptedLoss(next, end, entry.AtMs, entry.By));
        if (losses.Count == partition.Losses.Length || losses.Count > MaxLosses)
            return state;
        losses.Sort(static (a, b) => a.BaseOffset.CompareTo(b.BaseOffset));
        return state with { Partitions = state.Partitions.SetItem(entry.Slot, partition with { Losses = losses.ToImmutable() }) };
    }
}

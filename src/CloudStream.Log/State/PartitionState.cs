using System.Collections.Immutable;
using CloudStream.Log.Calls;
using CloudStream.Log.Entries;

namespace CloudStream.Log.State;

/// <summary>
/// One partition inside its shard's state. Immutable. Its log is: pages (oldest), then recent slices; both in offset order without gaps.
/// What lies below <see cref="LogStartOffset"/> in the first page is dead.
/// </summary>
public sealed record PartitionState
{
    /// <summary>The partition's slot: unique in its shard for ever, and short in entries.</summary>
    public required int Slot { get; init; }

    /// <summary>Which partition this is.</summary>
    public required PartitionId Id { get; init; }

    /// <summary>First offset that can be read.</summary>
    public long LogStartOffset { get; init; }

    /// <summary>One past the last committed record: log end offset and high watermark in one, for what is committed is durable.</summary>
    public long EndOffset { get; init; }

    /// <summary>Index pages, oldest first.</summary>
    public ImmutableArray<PageRef> Pages { get; init; } = [];

    /// <summary>Slices that no page describes yet, in offset order.</summary>
    public ImmutableList<Slice> Recent { get; init; } = [];

    /// <summary>Idempotent producers by id.</summary>
    public ImmutableSortedDictionary<long, ProducerState> Producers { get; init; } = ImmutableSortedDictionary<long, ProducerState>.Empty;

    /// <summary>Offsets that were given up, ascending and apart; nearly always none.</summary>
    public ImmutableArray<AcceptedLoss> Losses { get; init; } = [];

    /// <summary>Bytes of live record batches (a page counts while any of it lives).</summary>
    public long Bytes { get; init; }

    /// <summary>Largest record timestamp ever committed; -1 when none.</summary>
    public long MaxTimestamp { get; init; } = -1;

    /// <summary>First offset that a recent slice covers (the end offset when there is none); pages cover what is below.</summary>
    public long RecentBaseOffset => Recent.IsEmpty ? EndOffset : Recent[0].BaseOffset;

    /// <summary>
    /// Index in <see cref="Recent"/> of the slice that contains <paramref name="offset"/>, or of the first one after it; Recent.Count when
    /// there is none.
    /// </summary>
    public int FindRecent(long offset)
    {
        int low = 0, high = Recent.Count;
        while (low < high)
        {
            var middle = (low + high) >>> 1;
            if (Recent[middle].EndOffset > offset)
                high = middle;
            else
                low = middle + 1;
        }

        return low;
    }

    /// <summary>
    /// Bytes from an offset on, at most so many: an upper bound by whole slices; those that only pages describe count as plenty.
    /// </summary>
    public long AvailableFrom(long offset, long most)
    {
        offset = SkipLosses(offset);
        if (offset < RecentBaseOffset)
            return most;
        var bytes = 0L;
        for (var i = FindRecent(offset); bytes < most && i < Recent.Count; i++)
            bytes += Recent[i].Bytes;
        return Math.Min(bytes, most);
    }

    /// <summary>The offset, or the first one after it that was not given up.</summary>
    public long SkipLosses(long offset)
    {
        if (Losses.IsEmpty)
            return offset;
        foreach (var loss in Losses)
        {
            if (offset >= loss.BaseOffset && offset < loss.EndOffset)
                offset = loss.EndOffset;
        }

        return offset;
    }

    /// <summary>Whether any of these offsets was given up.</summary>
    public bool HasLossIn(long baseOffset, long endOffset)
    {
        foreach (var loss in Losses)
        {
            if (loss.BaseOffset < endOffset && loss.EndOffset > baseOffset)
                return true;
        }

        return false;
    }
}

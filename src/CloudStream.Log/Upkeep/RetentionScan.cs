using CloudStream.Log.Entries;
using CloudStream.Log.State;

namespace CloudStream.Log.Upkeep;

/// <summary>
/// Finds how far the head of one log may go: leading slices that are too old, or that the size limit does not leave room for, as Kafka
/// judges segments. Descends into the one page that goes in part; pages that go whole are not read.
/// </summary>
/// <param name="partition">The partition.</param>
/// <param name="policy">Its limits.</param>
/// <param name="nowMs">Wall clock.</param>
/// <param name="pages">Reads pages.</param>
internal sealed class RetentionScan(PartitionState partition, RetentionPolicy policy, long nowMs, PageStore pages)
{
    private readonly long _cutoff = policy.RetentionMs < 0 ? long.MinValue : nowMs - policy.RetentionMs;
    private long _live;

    /// <summary>Where the log may start: a slice boundary, or the present start when nothing may go.</summary>
    public long NewStart { get; private set; } = partition.LogStartOffset;

    /// <summary>The slice that must stay and so ended the scan; null when the scan came to the end of the log.</summary>
    public Slice? Stayed { get; private set; }

    /// <summary>Bytes of slices before it that stay as no time is known of them.</summary>
    public long UndatedBytes { get; private set; }

    /// <summary>Bytes of live slices that stay.</summary>
    public long KeptBytes => _live;

    /// <summary>The page that is being read: the one to blame when the scan fails.</summary>
    public PageRef? Reading { get; private set; }

    /// <summary>Runs the scan.</summary>
    public async ValueTask RunAsync(CancellationToken cancellationToken)
    {
        _live = partition.Bytes;
        if (!partition.Pages.IsEmpty)
            _live -= await DeadBytesAsync(partition.Pages[0], cancellationToken);
        foreach (var page in partition.Pages)
        {
            if (!await PassAsync(page, cancellationToken))
                return;
        }

        foreach (var slice in partition.Recent)
        {
            if (!Pass(slice))
                return;
        }
    }

    // A page counts in the partition's bytes while any of it lives.
    private async ValueTask<long> DeadBytesAsync(PageRef reference, CancellationToken cancellationToken)
    {
        if (reference.BaseOffset >= partition.LogStartOffset)
            return 0;
        if (reference.EndOffset <= partition.LogStartOffset)
            return reference.Bytes;
        if (IsLost(reference))
            return 0;
        var page = await ReadAsync(reference, cancellationToken);
        var dead = page.Slices.Where(s => s.EndOffset <= partition.LogStartOffset).Sum(s => s.Bytes);
        foreach (var below in page.Pages)
            dead += await DeadBytesAsync(below, cancellationToken);
        return dead;
    }

    private async ValueTask<bool> PassAsync(PageRef reference, CancellationToken cancellationToken)
    {
        if (reference.EndOffset <= partition.LogStartOffset)
            return true;

        // Only a page that is wholly alive may be judged as a whole by its bytes, and one that was given up, as nobody can look into it.
        var (isWhole, isLost) = (reference.BaseOffset >= partition.LogStartOffset, IsLost(reference));
        if ((isWhole || isLost) && (IsOld(reference.MaxTimestamp) || IsTooMuch(reference.Bytes)))
        {
            Give(reference.EndOffset, reference.Bytes);
            return true;
        }

        if (isLost)
            return false;
        var page = await ReadAsync(reference, cancellationToken);
        foreach (var slice in page.Slices)
        {
            if (slice.EndOffset > partition.LogStartOffset && !Pass(slice))
                return false;
        }

        foreach (var below in page.Pages)
        {
            if (!await PassAsync(below, cancellationToken))
                return false;
        }

        return true;
    }

    private ValueTask<IndexPage> ReadAsync(PageRef reference, CancellationToken cancellationToken)
    {
        Reading = reference;
        return pages.ReadAsync(reference.Page, cancellationToken);
    }

    private bool Pass(Slice slice)
    {
        if (IsOld(slice.MaxTimestamp) || IsTooMuch(slice.Bytes))
        {
            Give(slice.EndOffset, slice.Bytes);
            return true;
        }

        // Of which no time is known is as old as what follows it.
        if (UndatedTime.AgedBy(slice.MaxTimestamp) < 0 && policy.RetentionMs >= 0)
        {
            UndatedBytes += slice.Bytes;
            return true;
        }

        Stayed = slice;
        return false;
    }

    private bool IsLost(PageRef reference) =>
        partition.SkipLosses(Math.Max(reference.BaseOffset, partition.LogStartOffset)) >= reference.EndOffset;

    private bool IsOld(long maxTimestamp) => UndatedTime.AgedBy(maxTimestamp) is >= 0 and var time && time < _cutoff;

    private bool IsTooMuch(long bytes) => policy.RetentionBytes >= 0 && _live - UndatedBytes - bytes >= policy.RetentionBytes;

    private void Give(long endOffset, long bytes)
    {
        NewStart = endOffset;
        _live -= bytes + UndatedBytes;
        UndatedBytes = 0;
    }
}

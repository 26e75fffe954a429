using CloudStream.Log.State;

namespace CloudStream.Log.Options;

/// <summary>
/// Sizes at which slices are final and index pages are written. A server runs with the defaults; the simulation makes them small, so that
/// pages occur within seconds.
/// </summary>
internal sealed record IndexSizes
{
    /// <summary>The sizes that a server runs with.</summary>
    public static readonly IndexSizes Default = new();

    /// <summary>A merged slice of at least this many bytes gets an object of its own and is not merged again.</summary>
    public long FinalBytes { get; init; } = 8L * 1024 * 1024;

    /// <summary>
    /// A flushed object with one slice of at least this many bytes stays as it is: a heavy stream is written once. A little less than the
    /// batches of 1,000,000 bytes that Kafka clients make at most by default, so that one of them is enough.
    /// </summary>
    public long FinalFlushBytes { get; init; } = 896 * 1024;

    /// <summary>Whether so many bytes, alone in their object, stay as they are.</summary>
    public bool AreLarge(LiveObject live, long bytes) =>
        live.LiveSlices == 1 && bytes >= (live.Level == 0 ? FinalFlushBytes : FinalBytes) && !live.IsSlot;

    /// <summary>
    /// Finals behind a slice that cannot grow any more, before it is written on its own so that pages can take what lies behind it.
    /// </summary>
    public int StraightenAfterFinals { get; init; } = 64;

    /// <summary>Recent final slices of a partition that make a page due.</summary>
    public int PageDueSlices { get; init; } = 128;

    /// <summary>Slices that one page lists.</summary>
    public int PageSlices { get; init; } = 64;

    /// <summary>Pages of one level that make a fold due.</summary>
    public int FoldDuePages { get; init; } = 64;

    /// <summary>Pages that one page of pages lists.</summary>
    public int FoldPages { get; init; } = 32;
}

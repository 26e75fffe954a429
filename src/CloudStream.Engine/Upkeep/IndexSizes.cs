using CloudStream.Engine.State;

namespace CloudStream.Engine.Upkeep;

/// <summary>Sizes at which slices are final and index pages are written. A server runs with <see cref="MergePolicy"/>'s; the simulation makes them small, so that pages occur within seconds.</summary>
internal sealed record IndexSizes
{
    /// <summary>The sizes that a server runs with.</summary>
    public static readonly IndexSizes Default = new();

    /// <summary><see cref="MergePolicy.FinalBytes"/>.</summary>
    public long FinalBytes { get; init; } = MergePolicy.FinalBytes;

    /// <summary><see cref="MergePolicy.FinalFlushBytes"/>.</summary>
    public long FinalFlushBytes { get; init; } = MergePolicy.FinalFlushBytes;

    /// <summary>Whether so many bytes, alone in their object, stay as they are.</summary>
    public bool AreLarge(LiveObject live, long bytes) => live.LiveSlices == 1 && bytes >= (live.Level == 0 ? FinalFlushBytes : FinalBytes);

    /// <summary><see cref="MergePolicy.StraightenAfterFinals"/>.</summary>
    public int StraightenAfterFinals { get; init; } = MergePolicy.StraightenAfterFinals;

    /// <summary><see cref="MergePolicy.PageDueSlices"/>.</summary>
    public int PageDueSlices { get; init; } = MergePolicy.PageDueSlices;

    /// <summary><see cref="MergePolicy.PageSlices"/>.</summary>
    public int PageSlices { get; init; } = MergePolicy.PageSlices;

    /// <summary><see cref="MergePolicy.FoldDuePages"/>.</summary>
    public int FoldDuePages { get; init; } = MergePolicy.FoldDuePages;

    /// <summary><see cref="MergePolicy.FoldPages"/>.</summary>
    public int FoldPages { get; init; } = MergePolicy.FoldPages;
}

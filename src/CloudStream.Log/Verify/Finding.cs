using CloudStream.Log.Calls;

namespace CloudStream.Log.Verify;

/// <summary>Damage that was found in what is stored.</summary>
/// <param name="Kind">Of what kind.</param>
/// <param name="Detail">What and where, as a sentence for people.</param>
internal sealed record Finding(FindingKind Kind, string Detail)
{
    /// <summary>The shard; null for what belongs to none.</summary>
    public int? Shard { get; init; }

    /// <summary>The partition; null for what belongs to none, or to several.</summary>
    public PartitionId? Partition { get; init; }

    /// <summary>The first offset that cannot be read; -1 where no records are concerned.</summary>
    public long BaseOffset { get; init; } = -1;

    /// <summary>One past the last one.</summary>
    public long EndOffset { get; init; } = -1;

    /// <summary>The object that is to blame; null when it is none.</summary>
    public string? ObjectName { get; init; }
}

using CloudStream.Engine.State;

namespace CloudStream.Engine.Fetch;

/// <summary>One partition of a fetch over several: where it lives, what is known of it, and at the end the result. Used by one fetch.</summary>
internal sealed class FetchTarget
{
    public FetchTarget(PartitionFetch wanted, IShardLog shard, PartitionId id) => (Wanted, Shard, Id) = (wanted, shard, id);

    /// <summary>A partition that was not found.</summary>
    public FetchTarget(PartitionFetch wanted, FetchResult failure) => (Wanted, Result) = (wanted, failure);

    public PartitionFetch Wanted { get; }

    /// <summary>Null when the partition was not found.</summary>
    public IShardLog? Shard { get; }

    public PartitionId Id { get; }

    /// <summary>The partition in the snapshot that was looked at last.</summary>
    public PartitionState? Partition { get; set; }

    /// <summary>Bytes that may be there for it, at most what it wants.</summary>
    public long Available { get; set; }

    /// <summary>What was found, or why nothing is.</summary>
    public FetchResult? Result { get; set; }

    /// <summary>Whether it has failed: then there is nothing to wait for.</summary>
    public bool IsFailed => Result is not null && Result.Error != ErrorCode.None;

    /// <summary>Counts, by whole slices, what lies in the log from the wanted offset on; slices that only pages describe count as plenty.</summary>
    public void Measure(PartitionState partition)
    {
        Partition = partition;
        Available = 0;
        if (Wanted.Offset < partition.RecentBaseOffset)
            Available = Wanted.MaxBytes;
        for (var i = partition.FindRecent(Wanted.Offset); Available < Wanted.MaxBytes && i < partition.Recent.Count; i++)
            Available += partition.Recent[i].Bytes;
        Available = Math.Min(Available, Math.Max(1, Wanted.MaxBytes));
    }
}

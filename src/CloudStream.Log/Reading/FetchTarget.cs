using CloudStream.Log.Calls;
using CloudStream.Log.State;
using CloudStream.Log.Waiting;

namespace CloudStream.Log.Reading;

/// <summary>
/// One partition of a fetch: where it lives, what is known of it, and at the end the result. Used by one fetch.
/// </summary>
internal sealed class FetchTarget
{
    /// <param name="shard">Where the partition lives.</param>
    /// <param name="id">The partition.</param>
    /// <param name="offset">The first offset wanted.</param>
    /// <param name="maxBytes">Stop adding batches of this partition once this many bytes are there.</param>
    public FetchTarget(IShardLog shard, PartitionId id, long offset, int maxBytes) =>
        (Shard, Id, Offset, MaxBytes) = (shard, id, offset, maxBytes);

    /// <summary>A partition that was not found.</summary>
    public FetchTarget(FetchResult failure) => Result = failure;

    /// <summary>The first offset wanted.</summary>
    public long Offset { get; }

    /// <summary>Stop adding batches of this partition once this many bytes are there.</summary>
    public int MaxBytes { get; }

    /// <summary>Null when the partition was not found.</summary>
    public IShardLog? Shard { get; }

    public PartitionId Id { get; }

    /// <summary>The partition in the snapshot that was looked at last.</summary>
    public PartitionState? Partition { get; set; }

    /// <summary>Bytes that may be there for it, at most what it wants.</summary>
    public long Available { get; set; }

    /// <summary>How often the index was read again because an object that it named was missing.</summary>
    public int Refreshes { get; set; }

    /// <summary>What was found, or why nothing is.</summary>
    public FetchResult? Result { get; set; }

    /// <summary>Whether it has failed: then there is nothing to wait for.</summary>
    public bool IsFailed => Result is not null && Result.Error != ErrorCode.None;
}

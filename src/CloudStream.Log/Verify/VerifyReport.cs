using CloudStream.Log.Calls;
using CloudStream.Log.State;

namespace CloudStream.Log.Verify;

/// <summary>What a verification has read and found so far. Written by one task; numbers may be read by others meanwhile.</summary>
/// <param name="found">Hears of each damage once, when it is proven.</param>
internal sealed class VerifyReport(Action<Finding> found)
{
    private readonly HashSet<string> _told = new(StringComparer.Ordinal);
    private long _bytesRead;

    /// <summary>Bytes of record batches read.</summary>
    public long BytesRead => Volatile.Read(ref _bytesRead);

    /// <summary>Bytes of all objects when it began.</summary>
    public long TotalBytes { get; set; }

    /// <summary>Segment objects that the log refers to.</summary>
    public long Objects { get; set; }

    /// <summary>Slices whose records lie in slots of journals.</summary>
    public long InlineSlices { get; set; }

    /// <summary>Partitions.</summary>
    public long Partitions { get; set; }

    /// <summary>Topics.</summary>
    public long Topics { get; set; }

    /// <summary>Shards.</summary>
    public int Shards { get; set; }

    /// <summary>Findings so far.</summary>
    public long Damage { get; private set; }

    /// <summary>Objects that nothing refers to: what interrupted writes left behind, which is no damage.</summary>
    public long Unreferenced { get; set; }

    /// <summary>Their bytes.</summary>
    public long UnreferencedBytes { get; set; }

    /// <summary>Losses that were accepted: what cannot be read of these offsets is no damage any more.</summary>
    public List<(PartitionId Partition, AcceptedLoss Loss)> Accepted { get; } = [];

    /// <summary>Bytes of record batches were read.</summary>
    public void Read(long bytes) => Volatile.Write(ref _bytesRead, _bytesRead + bytes);

    /// <summary>Damage is proven; what was told before is told no more.</summary>
    public void Found(Finding finding)
    {
        if (!_told.Add(finding.Detail))
            return;
        Damage++;
        found(finding);
    }
}

namespace CloudStream.Http.Tail;

/// <summary>How far one partition of a stream has been sent.</summary>
internal sealed class TailPosition(int partition, long nextOffset, long end = 0, long start = 0)
{
    public int Partition { get; } = partition;

    /// <summary>The first offset that was not sent yet.</summary>
    public long NextOffset { get; set; } = nextOffset;

    /// <summary>The partition's high watermark as it was seen last.</summary>
    public long End { get; set; } = end;

    /// <summary>The partition's log start offset as it was seen last.</summary>
    public long Start { get; set; } = start;
}

namespace CloudStream.Http.Tail;

/// <summary>How far one partition of a stream has been sent.</summary>
internal sealed class TailPosition(int partition, long nextOffset)
{
    public int Partition { get; } = partition;

    /// <summary>The first offset that was not sent yet.</summary>
    public long NextOffset { get; set; } = nextOffset;
}

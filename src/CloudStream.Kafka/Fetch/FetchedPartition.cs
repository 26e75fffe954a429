namespace CloudStream.Kafka.Fetch;

/// <summary>
/// One partition that a client fetches: what it last asked for it and, within a fetch session, what it was last told. Used under its
/// session's turn, or by one request.
/// </summary>
internal sealed class FetchedPartition(string name, Guid topicId, int index)
{
    /// <summary>The topic's name; empty where requests go by id.</summary>
    public string Name => name;

    /// <summary>The topic's id; zero where requests go by name.</summary>
    public Guid TopicId => topicId;

    /// <summary>The partition.</summary>
    public int Index => index;

    /// <summary>Where to fetch from.</summary>
    public long Offset { get; set; }

    /// <summary>Most bytes of this partition.</summary>
    public int MaxBytes { get; set; }

    /// <summary>The leader epoch that the client knows; -1 for none.</summary>
    public int LeaderEpoch { get; set; } = -1;

    /// <summary>What the client was last told of it: an error, and the log's frontiers.</summary>
    public (short Error, long HighWatermark, long LogStartOffset, long LastStableOffset) Told { get; set; } = (0, -1, -1, -1);
}

using CloudStream.Log.Calls;

namespace CloudStream.Kafka.Fetch;

/// <summary>
/// One partition that a client fetches: what it last asked for it and, within a fetch session, what it was last told. Used under its
/// session's turn, or by one request.
/// </summary>
internal sealed class FetchedPartition(string name, Guid topicId, int index)
{
    private long _highWatermark = -1;
    private long _logStartOffset = -1;
    private long _lastStableOffset = -1;
    private short _error;

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

    public bool IsSameTopic(FetchedPartition other) => topicId == other.TopicId && name == other.Name;

    /// <summary>Whether an answer tells the client anything that it was not told last time; remembers that it is told now.</summary>
    public bool TakeNews(short error, FetchResult? result)
    {
        var (high, start, stable) = (result?.HighWatermark ?? -1, result?.LogStartOffset ?? -1, result?.LastStableOffset ?? -1);

        // An error is told each time, and so is what follows it.
        var isNews = error != 0 || _error != 0 || result is { Bytes: > 0 } || high != _highWatermark || start != _logStartOffset
            || stable != _lastStableOffset;
        (_error, _highWatermark, _logStartOffset, _lastStableOffset) = (error, high, start, stable);
        return isNews;
    }
}

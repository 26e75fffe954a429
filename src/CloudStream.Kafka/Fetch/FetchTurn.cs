using CloudStream.Kafka.Errors;
using CloudStream.Log.Calls;

namespace CloudStream.Kafka.Fetch;

/// <summary>
/// One request's turn in a fetch session, or outside any: which partitions it means, and which of them are worth telling about. Used by one
/// request.
/// </summary>
internal sealed class FetchTurn
{
    private readonly FetchSession? _session;
    private readonly bool _isIncremental;

    private FetchTurn(KafkaError error, IReadOnlyList<FetchedPartition> partitions, FetchSession? session, bool isIncremental) =>
        (Error, Partitions, _session, _isIncremental) = (error, partitions, session, isIncremental);

    /// <summary>Why there is no turn.</summary>
    public KafkaError Error { get; }

    /// <summary>The partitions, in the order in which they are served.</summary>
    public IReadOnlyList<FetchedPartition> Partitions { get; }

    /// <summary>What the client is told as its session; 0 for none.</summary>
    public int SessionId => _session?.Id ?? 0;

    public static FetchTurn Refused(KafkaError error) => new(error, [], null, isIncremental: false);

    /// <summary>A request outside any session: everything is told.</summary>
    public static FetchTurn Whole(IReadOnlyList<FetchedPartition> partitions) =>
        new(KafkaError.None, partitions, null, isIncremental: false);

    /// <summary>The first request of a session: everything is told.</summary>
    public static FetchTurn First(FetchSession session, IReadOnlyList<FetchedPartition> partitions) =>
        new(KafkaError.None, partitions, session, isIncremental: false);

    /// <summary>A later request of a session: what has changed is told.</summary>
    public static FetchTurn Incremental(FetchSession session, IReadOnlyList<FetchedPartition> partitions) =>
        new(KafkaError.None, partitions, session, isIncremental: true);

    /// <summary>Whether the answer mentions a partition.</summary>
    public bool IsWorthTelling(int index, short error, FetchResult? result)
    {
        var isNews = Partitions[index].TakeNews(error, result);
        if (isNews && _isIncremental && result is { Bytes: > 0 })
            _session!.MoveBack(Partitions[index]);
        return isNews || !_isIncremental;
    }

    /// <summary>The turn is over.</summary>
    public void End() => _session?.EndTurn();
}

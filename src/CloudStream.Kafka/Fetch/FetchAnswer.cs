using CloudStream.Cluster.Topics;
using CloudStream.Kafka.Errors;
using CloudStream.Kafka.Messages;
using CloudStream.Kafka.Requests;
using CloudStream.Kafka.Topics;
using CloudStream.Log.Calls;
using Answers = CloudStream.Kafka.Messages.FetchResponse;

namespace CloudStream.Kafka.Fetch;

/// <summary>
/// The partitions of one fetch request, in its order: which of them are answered here, and why the others are not; then the response, which
/// keeps what was found alive until it is sent, and its room among the answers of its connection. Used by one request.
/// </summary>
/// <param name="context">Where the request comes from.</param>
/// <param name="room">Bytes that were taken of what its connection's answers may hold.</param>
internal sealed class FetchAnswer(RequestContext context, int room) : IDisposable
{
    // One for each partition of the turn: its place in what is wanted, or -1 and why not.
    private readonly List<(int Wanted, KafkaError Error)> _partitions = [];
    private readonly FetchResponse _response = new();
    private IReadOnlyList<FetchResult> _results = [];

    /// <summary>What the log is asked.</summary>
    public List<PartitionFetch> Wanted { get; } = [];

    /// <summary>Whether anything is refused: then the answer does not wait.</summary>
    public bool HasErrors { get; private set; }

    /// <summary>Goes through the partitions: finds out what the log is asked.</summary>
    public async ValueTask PlanAsync(FetchTurn turn, TopicLookup topics)
    {
        _partitions.EnsureCapacity(turn.Partitions.Count);
        Wanted.EnsureCapacity(turn.Partitions.Count);
        (TopicInfo? Info, KafkaError Error) topic = default;
        for (var i = 0; i < turn.Partitions.Count; i++)
        {
            var partition = turn.Partitions[i];
            if (i == 0 || !IsSameTopic(partition, turn.Partitions[i - 1]))
                topic = await topics.FindAsync(partition.Name, partition.TopicId, context.Version >= 13, context.Ending);
            if (topic.Info is null)
                Leave(topic.Error);
            else
                Plan(topics, topic.Info, partition);
        }
    }

    /// <summary>The response that tells why there is no turn; whoever gets it disposes of this by it, as its owner.</summary>
    public FetchResponse Refuse(KafkaError error)
    {
        (_response.Owner, _response.ErrorCode) = (this, (short)error);
        return _response;
    }

    /// <summary>The response that tells what was found; whoever gets it disposes of this by it, as its owner.</summary>
    public FetchResponse Tell(FetchTurn turn, IReadOnlyList<FetchResult> results, bool readCommitted)
    {
        _results = results;
        (_response.Owner, _response.SessionId) = (this, turn.SessionId);
        for (var i = 0; i < turn.Partitions.Count; i++)
        {
            var (partition, (wanted, refusal)) = (turn.Partitions[i], _partitions[i]);
            var result = wanted >= 0 ? results[wanted] : null;
            var error = result is null ? (short)refusal
                : result.Error == ErrorCode.None ? (short)0 : ErrorTable.CodeOf(result.Error, byId: partition.TopicId != Guid.Empty);
            if (!IsWorthTelling(turn, partition, error, result))
                continue;
            Add(partition, error, result, readCommitted);
        }

        return _response;
    }

    /// <summary>The response is sent, or never will be.</summary>
    public void Dispose()
    {
        for (var i = 0; i < _results.Count; i++)
            _results[i].Dispose();
        context.Connection.Answers.Release(room);
    }

    private void Plan(TopicLookup topics, TopicInfo topic, FetchedPartition partition)
    {
        if ((uint)partition.Index >= (uint)topic.PartitionCount)
        {
            Leave(KafkaError.UnknownTopicOrPartition);
            return;
        }

        // As in Kafka, in a fetch alone everything below 0 is none.
        if (topics.Check(topic, partition.Index, Math.Max(-1, partition.LeaderEpoch)) is var error and not KafkaError.None)
        {
            Leave(error);
            return;
        }

        _partitions.Add((Wanted.Count, KafkaError.None));
        Wanted.Add(new PartitionFetch(new PartitionId(topic.Id, partition.Index), partition.Offset, Math.Max(0, partition.MaxBytes)));
    }

    private static bool IsSameTopic(FetchedPartition one, FetchedPartition other) =>
        one.TopicId == other.TopicId && one.Name == other.Name;

    private void Leave(KafkaError error)
    {
        HasErrors = true;
        _partitions.Add((-1, error));
    }

    private static bool IsWorthTelling(FetchTurn turn, FetchedPartition partition, short error, FetchResult? result)
    {
        var isNews = TakeNews(partition, error, result);
        if (isNews && turn.IsIncremental && result is { Bytes: > 0 })
            turn.Session!.MoveBack(partition);
        return isNews || !turn.IsIncremental;
    }

    // Whether an answer tells the client anything that it was not told last time; it is told now.
    private static bool TakeNews(FetchedPartition partition, short error, FetchResult? result)
    {
        var before = partition.Told;
        partition.Told = (error, result?.HighWatermark ?? -1, result?.LogStartOffset ?? -1, result?.LastStableOffset ?? -1);

        // An error is told each time, and so is what follows it.
        return error != 0 || result is { Bytes: > 0 } || partition.Told != before;
    }

    // Partitions of a topic come one after the other or its entry is repeated, which clients accept.
    private void Add(FetchedPartition partition, short error, FetchResult? result, bool readCommitted)
    {
        var answer = new Answers.PartitionData
        {
            PartitionIndex = partition.Index,
            ErrorCode = error,
            HighWatermark = result?.HighWatermark ?? -1,
            LastStableOffset = result?.LastStableOffset ?? -1,
            LogStartOffset = result?.LogStartOffset ?? -1,
            AbortedTransactions = readCommitted && result is { Error: ErrorCode.None } ? [] : null,
            Records = result is null ? [] : result.Pieces as List<ReadOnlyMemory<byte>> ?? [.. result.Pieces],
        };
        var topics = _response.Responses;
        if (topics.Count == 0 || topics[^1].TopicId != partition.TopicId || topics[^1].Topic != partition.Name)
            topics.Add(new Answers.FetchableTopicResponse { Topic = partition.Name, TopicId = partition.TopicId });
        topics[^1].Partitions.Add(answer);
    }
}

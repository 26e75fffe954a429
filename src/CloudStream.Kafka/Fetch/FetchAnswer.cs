using CloudStream.Kafka.Cluster;
using CloudStream.Kafka.Errors;
using CloudStream.Kafka.Messages;
using CloudStream.Kafka.Requests;
using CloudStream.Log.Calls;
using Answers = CloudStream.Kafka.Messages.FetchResponse;

namespace CloudStream.Kafka.Fetch;

/// <summary>Puts a fetch response together, and keeps what was found alive until that is sent. Used by one request.</summary>
internal sealed class FetchAnswer(PartitionLeaders leaders, RequestContext context, IReadOnlyList<FetchResult> results, bool readCommitted)
    : IDisposable
{
    /// <summary>The response so far.</summary>
    public FetchResponse Response { get; } = new();

    /// <summary>Adds one partition; those of a topic come one after the other or its entry is repeated, which clients accept.</summary>
    public void Add(FetchedPartition partition, FetchPlan plan, int index, FetchResult? result)
    {
        var (_, error, leader) = plan.Partitions[index];
        var answer = new Answers.PartitionData
        {
            PartitionIndex = partition.Index,
            ErrorCode = CodeOf(error, result, partition),
            HighWatermark = result?.HighWatermark ?? -1,
            LastStableOffset = result?.LastStableOffset ?? -1,
            LogStartOffset = result?.LogStartOffset ?? -1,
            AbortedTransactions = readCommitted && result is { Error: ErrorCode.None } ? [] : null,
            Records = result is null ? [] : result.Pieces as List<ReadOnlyMemory<byte>> ?? [.. result.Pieces],
        };
        if (context.Version >= 12 && (KafkaError)answer.ErrorCode is KafkaError.NotLeaderOrFollower or KafkaError.FencedLeaderEpoch)
            Tell(answer, leader.BrokerId, leader.Epoch);
        TopicOf(partition).Partitions.Add(answer);
    }

    /// <summary>Whether the answer mentions a partition of the turn.</summary>
    public static bool IsWorthTelling(FetchTurn turn, FetchedPartition partition, short error, FetchResult? result)
    {
        var isNews = TakeNews(partition, error, result);
        if (isNews && turn.IsIncremental && result is { Bytes: > 0 })
            turn.Session!.MoveBack(partition);
        return isNews || !turn.IsIncremental;
    }

    /// <summary>The response is sent, or never will be.</summary>
    public void Dispose()
    {
        for (var i = 0; i < results.Count; i++)
            results[i].Dispose();
    }

    /// <summary>Kafka's code of one partition's outcome.</summary>
    public static short CodeOf(KafkaError refusal, FetchResult? result, FetchedPartition partition) =>
        result is null ? (short)refusal : ErrorTable.CodeOf(result.Error, byId: partition.TopicId != Guid.Empty);

    // Whether an answer tells the client anything that it was not told last time; it is told now.
    private static bool TakeNews(FetchedPartition partition, short error, FetchResult? result)
    {
        var before = partition.Told;
        partition.Told = (error, result?.HighWatermark ?? -1, result?.LogStartOffset ?? -1, result?.LastStableOffset ?? -1);

        // An error is told each time, and so is what follows it.
        return error != 0 || result is { Bytes: > 0 } || partition.Told != before;
    }

    private Answers.FetchableTopicResponse TopicOf(FetchedPartition partition)
    {
        var topics = Response.Responses;
        if (topics.Count == 0 || topics[^1].TopicId != partition.TopicId || topics[^1].Topic != partition.Name)
            topics.Add(new Answers.FetchableTopicResponse { Topic = partition.Name, TopicId = partition.TopicId });
        return topics[^1];
    }

    private void Tell(Answers.PartitionData answer, int leader, int epoch)
    {
        answer.CurrentLeader = new Answers.LeaderIdAndEpoch { LeaderId = leader, LeaderEpoch = epoch };
        if (context.Version >= 16 && !Response.NodeEndpoints.Exists(n => n.NodeId == leader) && leaders.Find(leader, context) is { } node)
            Response.NodeEndpoints.Add(new Answers.NodeEndpoint { NodeId = node.Id, Host = node.Address.Host, Port = node.Address.Port });
    }
}

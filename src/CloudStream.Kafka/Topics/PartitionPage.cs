using CloudStream.Cluster.Topics;
using CloudStream.Kafka.Cluster;
using CloudStream.Kafka.Errors;
using CloudStream.Kafka.Messages;
using Answers = CloudStream.Kafka.Messages.DescribeTopicPartitionsResponse;

namespace CloudStream.Kafka.Topics;

/// <summary>
/// One answer to DescribeTopicPartitions while it is made: topics in the order of their names from a cursor on, as many partitions as fit,
/// and where the next page begins.
/// </summary>
internal sealed class PartitionPage(int limit, (string Topic, int Partition) from)
{
    private int _left = limit;

    public Answers Response { get; } = new();

    /// <summary>Whether no partition fits any more.</summary>
    public bool IsFull => _left == 0;

    /// <summary>Whether a topic stands before the cursor.</summary>
    public bool IsBefore(string topic) => string.CompareOrdinal(topic, from.Topic) < 0;

    /// <summary>The first partition of a topic that is wanted.</summary>
    public int FirstOf(string topic) => topic == from.Topic ? from.Partition : 0;

    /// <summary>Adds a topic that cannot be described.</summary>
    public void Add(string topic, KafkaError error) =>
        Response.Topics.Add(new Answers.DescribeTopicPartitionsResponseTopic
        {
            ErrorCode = (short)error,
            Name = topic,
            TopicAuthorizedOperations = AuthorizedOperations.OnTopic
        });

    /// <summary>Adds a topic; its partitions go into what is given back.</summary>
    public List<Answers.DescribeTopicPartitionsResponsePartition> Add(TopicInfo topic)
    {
        var described = new Answers.DescribeTopicPartitionsResponseTopic
        {
            Name = topic.Name,
            TopicId = topic.Id,
            IsInternal = TopicNames.IsInternal(topic.Name),
            TopicAuthorizedOperations = AuthorizedOperations.OnTopic,
        };
        Response.Topics.Add(described);
        return described.Partitions;
    }

    /// <summary>
    /// Adds a partition, while the page is not full. Java's client needs both lists of eligible leaders, though they may be null on the
    /// wire.
    /// </summary>
    public void Add(List<Answers.DescribeTopicPartitionsResponsePartition> partitions, int partition, int leader, int leaderEpoch)
    {
        partitions.Add(new Answers.DescribeTopicPartitionsResponsePartition
        {
            PartitionIndex = partition,
            LeaderId = leader,
            LeaderEpoch = leaderEpoch,
            ReplicaNodes = [leader],
            IsrNodes = [leader],
            EligibleLeaderReplicas = [],
            LastKnownElr = [],
        });
        _left--;
    }

    /// <summary>The next page begins here.</summary>
    public void EndAt(string topic, int partition) =>
        Response.NextCursor = new Answers.PageCursor { TopicName = topic, PartitionIndex = partition };
}

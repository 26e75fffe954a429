using CloudStream.Kafka.Errors;
using CloudStream.Kafka.Messages;

namespace CloudStream.Kafka.Topics;

/// <summary>
/// What Kafka asks of a new topic beyond what the engine checks: counts, replication factor, assignments. In Kafka's words, which tools
/// look for.
/// </summary>
internal static class NewTopicChecks
{
    /// <summary>Kafka's bound for one request.</summary>
    private const int MaxPartitions = 10_000;

    private const int MaxReplicationFactor = 3;

    /// <summary>Why the topic is refused; null when it is not.</summary>
    public static (KafkaError Error, string Detail)? Of(CreateTopicsRequest.CreatableTopic topic, IReadOnlyCollection<int> brokers)
    {
        if (topic.Configs.Find(c => c.Value is null) is { } empty)
            return (KafkaError.InvalidConfig, $"Null value not supported for topic configs: {empty.Name}");
        if (topic.Assignments.Count > 0)
            return OfAssigned(topic, brokers);
        if (topic.ReplicationFactor is 0 or < -1)
            return (KafkaError.InvalidReplicationFactor, "Replication factor must be larger than 0, or -1 to use the default value.");
        if (topic.ReplicationFactor > MaxReplicationFactor)
            return (KafkaError.InvalidReplicationFactor,
                $"Replication factor {topic.ReplicationFactor} is larger than {MaxReplicationFactor}.");
        return topic.NumPartitions is 0 or < -1
            ? (KafkaError.InvalidPartitions, "Number of partitions was set to an invalid non-positive value.")
            : OfCount(topic.NumPartitions);
    }

    private static (KafkaError Error, string Detail)? OfAssigned(CreateTopicsRequest.CreatableTopic topic, IReadOnlyCollection<int> brokers)
    {
        if (topic.ReplicationFactor != -1)
            return (KafkaError.InvalidRequest, "A manual partition assignment was specified, but replication factor was not set to -1.");
        if (topic.NumPartitions != -1)
            return (KafkaError.InvalidRequest, "A manual partition assignment was specified, but numPartitions was not set to -1.");
        var seen = new HashSet<int>();
        foreach (var assignment in topic.Assignments)
        {
            if (!seen.Add(assignment.PartitionIndex))
                return (KafkaError.InvalidReplicaAssignment,
                    $"Found multiple manual partition assignments for partition {assignment.PartitionIndex}");
            if (OfReplicas(assignment.BrokerIds, brokers) is { } fault)
                return fault;
        }

        return seen.Min() == 0 && seen.Max() == seen.Count - 1
            ? null
            : (KafkaError.InvalidReplicaAssignment, "partitions should be a consecutive 0-based integer sequence");
    }

    /// <summary>Why a number of partitions is too large; null when it is not.</summary>
    public static (KafkaError Error, string Detail)? OfCount(int partitions) =>
        partitions > MaxPartitions ? (KafkaError.PolicyViolation, "Excessively large number of partitions per request.") : null;

    /// <summary>Why a list of replicas is refused; null when it is not.</summary>
    public static (KafkaError Error, string Detail)? OfReplicas(List<int> replicas, IReadOnlyCollection<int> brokers)
    {
        if (replicas.Count == 0)
            return (KafkaError.InvalidReplicaAssignment, "The manual partition assignment includes an empty replica list.");
        if (replicas.Distinct().Count() != replicas.Count)
            return (KafkaError.InvalidReplicaAssignment,
                $"The manual partition assignment includes the broker {replicas.GroupBy(r => r).First(g => g.Skip(1).Any()).Key} more than "
                    + "once.");
        foreach (var replica in replicas)
        {
            if (!brokers.Contains(replica))
                return (KafkaError.InvalidReplicaAssignment,
                    $"The manual partition assignment includes broker {replica}, but no such broker is registered.");
        }

        return null;
    }
}

namespace CloudStream.Cluster.Topics;

/// <summary>Where a topic is in its life. Each stage but ready is finished by whoever meets it.</summary>
internal enum TopicStage
{
    /// <summary>Some of its partitions may not be in their shards yet: all of a new topic, the added ones of a widened one.</summary>
    Creating = 1,

    /// <summary>All of its partitions are in their shards.</summary>
    Ready = 2,

    /// <summary>Its partitions are leaving their shards; then the register goes. It never comes back.</summary>
    Deleting = 3,
}

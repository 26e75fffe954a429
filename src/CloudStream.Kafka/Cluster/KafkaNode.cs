using CloudStream.Kafka.Face;

namespace CloudStream.Kafka.Cluster;

/// <summary>A broker as Kafka clients see it.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Address">Where this client reaches it.</param>
internal readonly record struct KafkaNode(int Id, HostPort Address);

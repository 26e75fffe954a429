using CloudStream.Cluster.Brokers;

namespace CloudStream.Cluster.Groups;

/// <summary>Which broker coordinates a group.</summary>
/// <param name="Error">None, CoordinatorNotAvailable or InvalidGroupId.</param>
/// <param name="Coordinator">Its id and the addresses that clients reach it at, by face; null on error.</param>
public readonly record struct CoordinatorResult(GroupError Error, BrokerInfo? Coordinator = null);

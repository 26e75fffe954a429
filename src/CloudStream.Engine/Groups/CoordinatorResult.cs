using CloudStream.Engine.Cluster;

namespace CloudStream.Engine.Groups;

/// <summary>Which broker coordinates a group.</summary>
/// <param name="Error">None, CoordinatorNotAvailable or InvalidGroupId.</param>
/// <param name="Broker">Its id and the addresses that clients reach it at, by face; null on error.</param>
public readonly record struct CoordinatorResult(GroupError Error, BrokerInfo? Broker = null);

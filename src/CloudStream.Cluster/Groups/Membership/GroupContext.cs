using CloudStream.Log.Runtime;
using CloudStream.Log.Shards;
using Microsoft.Extensions.Logging;

namespace CloudStream.Cluster.Groups.Membership;

/// <summary>What the groups of one broker share.</summary>
/// <param name="ShardOf">A group's coordinator shard.</param>
/// <param name="EpochOf">The epoch under which this broker holds a coordinator shard at present; 0 when it does not.</param>
/// <param name="Settings">The settings in force.</param>
/// <param name="Runtime">Time and randomness.</param>
/// <param name="Metrics">What is counted.</param>
/// <param name="Log">Where the groups log.</param>
internal sealed record GroupContext(
    Func<string, Shard> ShardOf, Func<Shard, int> EpochOf, GroupSettings Settings, BrokerRuntime Runtime, GroupMetrics Metrics,
    ILogger Log);

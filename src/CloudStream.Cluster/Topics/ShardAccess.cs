using CloudStream.Log.Entries;
using CloudStream.Log.Journal;
using CloudStream.Log.Shards;
using CloudStream.Log.State;

namespace CloudStream.Cluster.Topics;

/// <summary>What topics need of shards.</summary>
/// <param name="Count">Number of shards.</param>
/// <param name="SubmitAsync">Commits a control entry in a shard (<see cref="Shard.SubmitAsync"/>).</param>
/// <param name="RefreshAsync">Reads a shard strongly (<see cref="Shard.RefreshAsync"/>).</param>
internal sealed record ShardAccess(
    int Count,
    Func<int, Func<ShardState, Entry?>, CancellationToken, ValueTask<CommitOutcome>> SubmitAsync,
    Func<int, CancellationToken, ValueTask<ShardState>> RefreshAsync)
{
    /// <summary>Over this process's shards.</summary>
    public static ShardAccess Over(int count, Func<int, Shard> shards) => new(
        count,
        (shard, propose, cancellationToken) => shards(shard).SubmitAsync(propose, cancellationToken),
        (shard, cancellationToken) => shards(shard).RefreshAsync(cancellationToken));
}

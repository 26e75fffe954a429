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
    /// <summary>Whether a shard can be read: a partition that is put into one that cannot would not be served.</summary>
    public Func<int, bool> IsReadable { get; init; } = static _ => true;

    /// <summary>Over this process's shards.</summary>
    public static ShardAccess Over(int count, Func<int, Shard> shards) => new(
        count,
        (shard, propose, cancellationToken) => shards(shard).SubmitAsync(propose, cancellationToken),
        (shard, cancellationToken) => shards(shard).RefreshAsync(cancellationToken))
        {
            IsReadable = shard => shards(shard).Unreadable is null
        };
}
